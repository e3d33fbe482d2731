import { isAppError } from '../../../shared/errors/index.ts'
import type { CloudFeature, CloudPermission, CloudPolicy } from '../../../shared/model/index.ts'
import type { CallOptions } from '../provider.ts'
import type { GcpClient } from './client.ts'
import type { GcpConfig } from './config.ts'

interface Needed {
  readonly name: string
  readonly features: readonly CloudFeature[]
  readonly policy: 'read' | 'operate'
}

const read = (name: string, ...features: CloudFeature[]): Needed => ({ name, features, policy: 'read' })
const operate = (name: string, ...features: CloudFeature[]): Needed => ({ name, features, policy: 'operate' })

/** Every permission that the console makes use of. The policies to copy and the check are made from this one list. */
export const PERMISSIONS: readonly Needed[] = [
  read('compute.instances.list', 'inventory'),
  read('compute.instances.get', 'inventory'),
  read('compute.machineTypes.get', 'inventory'),
  read('compute.machineTypes.list', 'resize', 'create'),
  read('compute.networks.list', 'networks'),
  read('compute.subnetworks.list', 'networks'),
  read('compute.firewalls.list', 'networks'),
  read('compute.addresses.list', 'networks'),
  read('compute.disks.list', 'disks'),
  read('compute.disks.get', 'delete'),
  read('compute.snapshots.list', 'snapshots'),
  read('compute.images.list', 'images'),
  read('compute.zones.list', 'create'),
  read('compute.instances.getSerialPortOutput', 'serial'),
  read('compute.instances.getScreenshot', 'screenshot'),
  read('monitoring.timeSeries.list', 'metrics'),
  operate('compute.zoneOperations.get', 'power', 'delete', 'resize', 'tags', 'protection', 'disks', 'create'),
  operate('compute.globalOperations.get', 'images'),
  operate('compute.instances.start', 'power'),
  operate('compute.instances.stop', 'power'),
  operate('compute.instances.reset', 'power'),
  operate('compute.instances.suspend', 'power'),
  operate('compute.instances.resume', 'power'),
  operate('compute.instances.setLabels', 'tags'),
  operate('compute.instances.setMachineType', 'resize'),
  operate('compute.instances.setDeletionProtection', 'protection'),
  operate('compute.instances.attachDisk', 'disks'),
  operate('compute.instances.detachDisk', 'disks'),
  operate('compute.instances.update', 'delete'),
  operate('compute.instances.delete', 'delete'),
  operate('compute.disks.delete', 'delete'),
  operate('compute.disks.use', 'disks'),
  operate('compute.disks.useReadOnly', 'images'),
  operate('compute.disks.resize', 'disks'),
  operate('compute.disks.createSnapshot', 'snapshots'),
  operate('compute.snapshots.get', 'snapshots'),
  operate('compute.snapshots.create', 'snapshots'),
  operate('compute.snapshots.setLabels', 'snapshots'),
  operate('compute.images.create', 'images'),
  operate('compute.images.get', 'images'),
  operate('compute.images.setLabels', 'images'),
  operate('compute.images.useReadOnly', 'create'),
  operate('compute.instances.create', 'create'),
  operate('compute.instances.setMetadata', 'create'),
  operate('compute.instances.setTags', 'create'),
  operate('compute.disks.create', 'create'),
  operate('compute.images.delete', 'transfer'),
  operate('storage.buckets.create', 'transfer'),
  operate('storage.buckets.get', 'transfer'),
  operate('storage.buckets.delete', 'transfer'),
  operate('storage.objects.create', 'transfer'),
  operate('storage.objects.get', 'transfer'),
  operate('storage.objects.list', 'transfer'),
  operate('storage.objects.delete', 'transfer'),
  operate('compute.subnetworks.use', 'create'),
  operate('compute.subnetworks.useExternalIp', 'create'),
]

/** Resource Manager takes so many at a time. */
const AT_ONCE = 100

/** Asked of Resource Manager, which tells without doing anything. Where it does not answer, nothing is known. */
export async function permissionsOf(client: GcpClient, projects: readonly string[], options: CallOptions): Promise<CloudPermission[]> {
  const found: CloudPermission[] = []
  for (const project of projects) {
    const names = PERMISSIONS.map(({ name }) => name)
    const granted = new Set<string>()
    let unknown: string | null = null
    for (let from = 0; from < names.length && unknown === null; from += AT_ONCE) {
      try {
        const answer = await client.rest<{ readonly permissions?: readonly string[] }>(
          'resourceManager',
          { method: 'resourcemanager.projects.get', project },
          `v3/projects/${project}:testIamPermissions`,
          options,
          { body: { permissions: names.slice(from, from + AT_ONCE) } },
        )
        for (const name of answer.permissions ?? []) granted.add(name)
      } catch (thrown) {
        if (!isAppError(thrown) || ['cancelled', 'unauthenticated', 'bug'].includes(thrown.kind)) throw thrown
        unknown = thrown.message
      }
    }
    for (const { name, features } of PERMISSIONS) {
      const state = unknown !== null ? 'unknown' : granted.has(name) ? 'granted' : 'missing'
      found.push({ name, state, features: [...features], scope: project, detail: unknown })
    }
  }
  return found
}

function role(id: 'read' | 'operate'): string {
  const names = PERMISSIONS.filter(({ policy }) => id === 'operate' || policy === 'read').map(({ name }) => `  - ${name}`)
  const title = id === 'read' ? 'NovaCron viewer' : 'NovaCron operator'
  return [`title: ${title}`, 'stage: GA', 'includedPermissions:', ...names.sort(), ''].join('\n')
}

/** Custom roles for `gcloud iam roles create`, and how to make and give them. */
export function policiesOf({ projects }: GcpConfig): readonly CloudPolicy[] {
  const project = projects[0] ?? 'PROJECT'
  const how = (id: 'read' | 'operate') => {
    const name = id === 'read' ? 'novacronViewer' : 'novacronOperator'
    return [
      `# gcloud iam roles create ${name} --project ${project} --file ${name}.yaml`,
      `# gcloud projects add-iam-policy-binding ${project} --role projects/${project}/roles/${name} \\`,
      `#   --member serviceAccount:novacron@${project}.iam.gserviceaccount.com`,
      '',
    ].join('\n')
  }
  return (['read', 'operate'] as const).map((id) => ({ id, format: 'yaml', text: `${how(id)}${role(id)}` }))
}
