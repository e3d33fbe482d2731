import { isAppError } from '../../../../shared/errors/index.ts'
import type { MigrationCheck, MigrationFinding } from '../../../../shared/model/index.ts'
import type { CallOptions, ImportedMachine } from '../../provider.ts'
import type { GcpClient } from '../client.ts'
import { instanceOf } from '../create.ts'
import { permissionsOf } from '../permissions.ts'

/** All that the way into Compute Engine asks of the project itself; a network may be another project's. */
const NEEDED: ReadonlySet<string> = new Set([
  'storage.buckets.create',
  'storage.buckets.get',
  'storage.buckets.delete',
  'storage.objects.create',
  'storage.objects.get',
  'storage.objects.list',
  'storage.objects.delete',
  'compute.images.create',
  'compute.images.get',
  'compute.images.setLabels',
  'compute.images.useReadOnly',
  'compute.images.delete',
  'compute.instances.create',
  'compute.instances.get',
  'compute.disks.create',
  'compute.globalOperations.get',
  'compute.zoneOperations.get',
])

/** What stands in the way of such a machine, before anything is sent. Only reads. Throws AppError. */
export async function importFindings(
  client: GcpClient,
  project: string,
  { spec }: Omit<ImportedMachine, 'disks'>,
  options: CallOptions,
): Promise<readonly MigrationFinding[]> {
  const refused = refusedBy(spec)
  if (refused !== null) return [refused]
  const [permissions, name] = await Promise.all([permissionFinding(client, project, options), nameFindings(client, project, spec, options)])
  return [permissions, ...name]
}

/** What `instances.insert` would say to it. */
function refusedBy(spec: ImportedMachine['spec']): MigrationFinding | null {
  try {
    instanceOf({ ...spec, imageId: 'none' }, 'none')
    return null
  } catch (thrown) {
    if (!isAppError(thrown)) throw thrown
    const reason = { code: 'transfer.place-refuses', text: thrown.message, params: { why: thrown.message } }
    return { id: `transfer.${thrown.code}`, check: 'options', severity: 'blocks', reason, facts: null, mends: [] }
  }
}

async function permissionFinding(client: GcpClient, project: string, options: CallOptions): Promise<MigrationFinding> {
  const asked = (await permissionsOf(client, [project], options)).filter(({ name }) => NEEDED.has(name))
  const missing = asked.filter(({ state }) => state === 'missing').map(({ name }) => name)
  if (missing.length > 0) {
    const text =
      'This login lacks permissions for it in {project}: {permissions}. Add them; the role to copy in the connection’s form has them.'
    return finding('trust', 'blocks', 'transfer-permissions', text, { project, permissions: missing.join(', ') })
  }
  if (asked.some(({ state }) => state === 'unknown')) {
    const text = 'Whether this login has the permissions for it in {project} could not be looked up.'
    return finding('trust', 'unknown', 'transfer-permissions-unknown', text, { project }, asked[0]?.detail ?? null)
  }
  return finding('trust', 'passed', 'transfer-permissions-there', 'This login has the permissions for it.')
}

async function nameFindings(
  client: GcpClient,
  project: string,
  { name, zone }: ImportedMachine['spec'],
  options: CallOptions,
): Promise<MigrationFinding[]> {
  if (zone === null) return []
  try {
    await client.compute({ method: 'compute.instances.get', project }, options, (compute, how) =>
      compute.instances.get({ project, zone, instance: name, fields: 'id' }, how),
    )
  } catch (thrown) {
    // one that may not be looked at is seen in the end
    if (isAppError(thrown) && (thrown.kind === 'not-found' || thrown.kind === 'forbidden')) return []
    throw thrown
  }
  return [finding('name', 'blocks', 'machine-name-taken', '{zone} has a machine named {name} already.', { name, zone })]
}

/** `code` under `gcp.`; `{braces}` of the text are filled in. */
function finding(
  check: MigrationCheck,
  severity: MigrationFinding['severity'],
  code: string,
  text: string,
  params: Readonly<Record<string, string>> = {},
  facts: string | null = null,
): MigrationFinding {
  const filled = text.replace(/\{(\w+)\}/g, (whole, name: string) => params[name] ?? whole)
  return { id: `${check}.gcp-${code}`, check, severity, reason: { code: `gcp.${code}`, text: filled, params }, facts, mends: [] }
}
