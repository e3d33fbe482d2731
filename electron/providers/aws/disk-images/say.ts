import type { CloudPermission, MigrationCheck, MigrationFinding } from '../../../../shared/model/index.ts'
import type { CallOptions } from '../../provider.ts'
import { EC2_PERMISSIONS } from '../permission-table.ts'
import { ec2Permissions } from '../permissions.ts'
import type { DiskImageParts } from './parts.ts'

type Params = Readonly<Record<string, string>>

/** `{braces}` in the text are filled in; the id is the same for the same fact in the next look. */
export function finding(
  check: MigrationCheck,
  severity: MigrationFinding['severity'],
  code: string,
  text: string,
  params: Params = {},
  facts: string | null = null,
): MigrationFinding {
  const filled = text.replace(/\{(\w+)\}/g, (whole, name: string) => params[name] ?? whole)
  const about = Object.values(params)[0]
  return {
    id: `${check}.aws-${code}${about === undefined ? '' : `:${about}`}`,
    check,
    severity,
    reason: { code: `transfer.aws-check.${code}`, text: filled, params: { ...params } },
    facts,
    mends: [],
  }
}

/** Of each that is missing, and of those that are known only by doing it. */
export async function permissionFindings(
  { calls }: DiskImageParts,
  region: string,
  ofEc2: readonly string[],
  ofEbs: readonly string[],
  options: CallOptions,
): Promise<MigrationFinding[]> {
  const asked = EC2_PERMISSIONS.filter(({ name }) => ofEc2.includes(name))
  const answers = await ec2Permissions(calls, region, asked, options)
  const missing = answers.filter(({ state }) => state === 'missing')
  const unknown = [...answers.filter(({ state }) => state === 'unknown').map(({ name }) => name), ...ofEbs]
  return [...missing.map((permission) => missingFinding(permission, region)), unknownFinding(unknown)]
}

function missingFinding({ name, detail }: CloudPermission, region: string): MigrationFinding {
  return finding(
    'trust',
    'blocks',
    'permission-missing',
    'The role may not do {permission} in {region}. Add it; the policy to copy in the connection’s form has it.',
    { permission: name, region },
    detail,
  )
}

function unknownFinding(names: readonly string[]): MigrationFinding {
  return finding(
    'trust',
    'unknown',
    'permissions-unknown',
    'Whether the role may do this is known only by doing it: {permissions}. The policy to copy in the connection’s form has them all.',
    { permissions: names.join(', ') },
  )
}
