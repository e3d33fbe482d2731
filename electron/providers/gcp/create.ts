import type { compute_v1 } from '@googleapis/compute/build/v1.js'
import { AppError } from '../../../shared/errors/index.ts'
import type { CloudMachineSpec } from '../../../shared/model/index.ts'
import { labelsOfTags, REQUEST_LABEL } from './labels.ts'
import { regionOf } from './refs.ts'

/** RFC 1035, as Compute Engine's documents have it. */
const NAME = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/

function problem(kind: 'invalid-input', code: string, message: string): AppError {
  return new AppError({ kind, code, message })
}

/** The body of an `instances.insert`. Throws `invalid-input` for what Google Cloud would not take, before anything is sent. */
export function instanceOf(spec: CloudMachineSpec, token: string): { readonly zone: string; readonly body: compute_v1.Schema$Instance } {
  const { name, zone, type, imageId, subnetId, groupIds, publicAddress, keyName, sshKey, user, tags } = spec
  if (!NAME.test(name))
    throw problem(
      'invalid-input',
      'gcp.bad-name',
      `“${name}” cannot be a name: lower-case letters, digits and -, a letter first, at most 63.`,
    )
  if (zone === null) throw problem('invalid-input', 'gcp.zone-needed', 'Google Cloud needs the zone to be named.')
  if (keyName !== null) throw problem('invalid-input', 'gcp.no-key-pairs', 'Google Cloud keeps no key pairs. Give the public key itself.')
  if (sshKey !== null && user === null) throw problem('invalid-input', 'gcp.user-needed', 'A key is a user’s: name the user.')
  const accessConfigs = publicAddress ? { accessConfigs: [{ type: 'ONE_TO_ONE_NAT', name: 'External NAT' }] } : {}
  const network = subnetId === null ? { network: 'global/networks/default' } : networkOf(subnetId, zone)
  return {
    zone,
    body: {
      name,
      machineType: `zones/${zone}/machineTypes/${type}`,
      disks: [{ boot: true, autoDelete: true, initializeParams: { sourceImage: imageId } }],
      networkInterfaces: [{ ...network, ...accessConfigs }],
      labels: { ...labelsOfTags(tags), [REQUEST_LABEL]: token },
      ...(groupIds.length > 0 && { tags: { items: [...groupIds] } }),
      ...(sshKey !== null && { metadata: { items: [{ key: 'ssh-keys', value: `${user}:${sshKey.trim()}` }] } }),
    },
  }
}

function networkOf(id: string, zone: string): compute_v1.Schema$NetworkInterface {
  if (id.includes('/subnetworks/')) return { subnetwork: id }
  return id.includes('/networks/') ? { network: id } : { subnetwork: `regions/${regionOf(zone)}/subnetworks/${id}` }
}
