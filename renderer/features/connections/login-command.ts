import type { WireError } from '../../../shared/errors/index.ts'
import type { Config } from './form-model.ts'

/** What says that a profile of AWS has no session (any more), which single sign-on gives. */
const NO_SESSION: ReadonlySet<string> = new Set(['aws.no-credentials', 'cloud.credentials-expired'])

/** The command on this computer that logs in anew, where an account uses the login of the cloud's own tool; null: there is none. */
export function loginCommand(
  providerId: string,
  { login, profile, tenantId }: Config,
  error: Pick<WireError, 'kind' | 'code'>,
): string | null {
  // a clock that is wrong is no matter of logging in
  if (error.kind !== 'unauthenticated' || error.code === 'cloud.clock-skew') return null
  if (providerId === 'azure' && login === 'cli') return `az login${option('tenant', tenantId)}`
  if (providerId === 'gcp' && login === 'adc') return 'gcloud auth application-default login'
  if (providerId === 'aws' && login === 'profile' && NO_SESSION.has(error.code)) return `aws sso login${option('profile', profile)}`
  return null
}

function option(name: string, value: Config[string] | undefined): string {
  if (typeof value !== 'string' || value.trim() === '') return ''
  return ` --${name} ${/^[\w.@:/-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`}`
}
