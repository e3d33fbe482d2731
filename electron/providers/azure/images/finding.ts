import { isAppError } from '../../../../shared/errors/index.ts'
import type { MigrationCheck, MigrationFinding } from '../../../../shared/model/index.ts'
import type { CallOptions } from '../../provider.ts'
import type { AzureAccount } from '../account.ts'
import { missingOf } from '../roles.ts'

/** `code` under `azure.`; `{braces}` of the text are filled in. `about` tells findings of the same code apart. */
export function finding(
  check: MigrationCheck,
  severity: MigrationFinding['severity'],
  code: string,
  text: string,
  params: Readonly<Record<string, string>> = {},
  about = '',
): MigrationFinding {
  const filled = text.replace(/\{(\w+)\}/g, (whole, name: string) => params[name] ?? whole)
  const id = `${check}.azure-${code}${about === '' ? '' : `:${about}`}`
  return { id, check, severity, reason: { code: `azure.${code}`, text: filled, params }, facts: null, mends: [] }
}

/** Whether the roles of who is logged in allow all of it. */
export async function permissionFinding(
  account: AzureAccount,
  subscription: string,
  actions: readonly string[],
  options: CallOptions,
): Promise<MigrationFinding> {
  try {
    const missing = await missingOf(account, subscription, actions, options)
    if (missing.length === 0) {
      return finding('options', 'passed', 'disk-permissions-there', 'This login has the permissions for it.')
    }
    const text = 'This login lacks permissions for it: {actions}. Add them to its role.'
    return finding('options', 'blocks', 'disk-permissions', text, { actions: missing.join(', ') })
  } catch (thrown) {
    if (!isAppError(thrown) || thrown.kind !== 'forbidden') throw thrown
    const text = 'Whether this login has the permissions for it could not be looked up: its roles may not be read.'
    return finding('options', 'unknown', 'disk-permissions-unknown', text)
  }
}
