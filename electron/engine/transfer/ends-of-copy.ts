import type { ConnectionId } from '../../../shared/model/index.ts'
import type { ExportedDisk } from '../../providers/provider.ts'
import { linkBack } from '../volumes/link-back.ts'
import { ExportedSource, ImportTarget } from './copy-cloud-ends.ts'
import type { CopySource, CopyTarget, EndPorts, LinkOf } from './copy-ends.ts'
import type { AnyCopy } from './copy-plans.ts'
import { VolumeSource, VolumeTarget } from './copy-volume-ends.ts'

/** For as long a link that is away is waited for. */
const PATIENCE_MS = 15 * 60_000

/** `frozen`: of a disk of a cloud, what stands still of it. */
export function endsOfCopy(
  { from, to }: AnyCopy,
  ports: EndPorts,
  frozen: ExportedDisk | null,
): { readonly source: CopySource; readonly target: CopyTarget } {
  const linkOf =
    (connectionId: ConnectionId): LinkOf =>
    (signal) =>
      linkBack(ports.links, ports.clock, connectionId, PATIENCE_MS, signal)
  return {
    source:
      'place' in from ? new VolumeSource(from, linkOf(from.connectionId)) : new ExportedSource(from, linkOf(from.connectionId), frozen),
    target: 'place' in to ? new VolumeTarget(to, linkOf(to.connectionId)) : new ImportTarget(to, linkOf(to.connectionId)),
  }
}
