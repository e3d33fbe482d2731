import { AppError } from '../../../shared/errors/index.ts'
import { type CloudId, type Host, isCloudId, type Machine, type TransferSpec } from '../../../shared/model/index.ts'
import { knownMachine } from '../machines/machine-links.ts'
import type { InventoryReader, Links } from '../ports.ts'

/** Both ends of a move, and of what kind their connections are. */
export interface Worlds {
  readonly machine: Machine
  readonly source: Host
  readonly target: Host
  readonly from: string
  readonly to: string
}

/** Throws `not-found` machine.not-found, host.not-found. */
export function worldsOf(inventory: InventoryReader, { machineId, targetHostId }: TransferSpec): Worlds {
  const machine = knownMachine(inventory, machineId)
  const source = hostOf(machine.hostId)
  const target = hostOf(targetHostId)
  return { machine, source, target, from: kindOf(source), to: kindOf(target) }

  function hostOf(hostId: string): Host {
    const host = inventory.get('host', hostId)
    if (host) return host
    throw new AppError({ kind: 'not-found', code: 'host.not-found', message: 'There is no such host any more.', details: { hostId } })
  }

  function kindOf({ connectionId }: Host): string {
    return inventory.get('connection', connectionId)?.providerId ?? ''
  }
}

/** Whether the console carries machines between these two itself. A link that is away is no answer: it is missed later. */
export function isCarried({ source, target, from, to }: Worlds, links: Links): boolean {
  if (from !== to || cloudOf(from)) return false
  const [here, there] = [links.current(source.connectionId), links.current(target.connectionId)]
  return (!here || here.migration?.copyDefinition !== undefined) && (!there || there.migration !== null)
}

export function cloudOf(kind: string): CloudId | null {
  return isCloudId(kind) ? kind : null
}

/** There is no link to one of the two now. */
export function isAway({ source, target }: Worlds, links: Links): boolean {
  return !links.current(source.connectionId) || !links.current(target.connectionId)
}

/** How the console itself sends disks into a cloud, or fetches them out of one; null: one of the two cannot, or is away now. */
export function imagesGo(
  { source, target, from, to }: Worlds,
  links: Links,
): { readonly way: 'into' | 'out'; readonly cloud: CloudId } | null {
  const [here, there] = [links.current(source.connectionId), links.current(target.connectionId)]
  const [fromCloud, toCloud] = [cloudOf(from), cloudOf(to)]
  if (!fromCloud && toCloud) return here?.volumes && here.migration && there?.cloud?.images.into ? { way: 'into', cloud: toCloud } : null
  if (fromCloud && !toCloud) return here?.cloud?.images.out && there?.volumes && there.builder ? { way: 'out', cloud: fromCloud } : null
  return null
}

/** Where in a cloud: said, or the place itself, or where the zone is (`europe-west3-a`); a word to be filled in when nothing tells. */
export function regionIn({ region, cloud }: Pick<TransferSpec, 'region' | 'cloud'>, target: Pick<Host, 'kind' | 'name'>): string {
  if (region !== null) return region
  if (target.kind === 'region') return target.name
  return /^([a-z]+-[a-z]+\d+)-[a-z]$/.exec(cloud?.zone ?? '')?.[1] ?? 'REGION'
}
