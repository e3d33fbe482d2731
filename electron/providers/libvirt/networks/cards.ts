import { at, attributeOf, type XmlElement } from '../../../xml/index.ts'

/** A network card in a definition. What it is plugged into on the host is known only while the machine runs. */
export interface Card {
  /** In small letters. */
  readonly mac: string
  /** A network of libvirt's, by name. */
  readonly network: string | null
  readonly portGroup: string | null
  /** Of a card on a network that runs: the bridge that it was plugged into when it was last plugged in. */
  readonly bridge: string | null
  /** What libvirt calls its place in the network; another one whenever it is plugged in. */
  readonly portId: string | null
  /** The host's device that it goes out by directly (macvtap, passthrough). */
  readonly device: string | null
  /** Its other end on the host, such as vnet3. */
  readonly target: string | null
  readonly filter: string | null
  readonly isPlugged: boolean
}

/** A machine with its cards. */
export interface MachineCards {
  readonly ref: string
  readonly name: string
  readonly isRunning: boolean
  readonly cards: readonly Card[]
  /** Of a card, by its MAC. */
  readonly addressesOf: (mac: string) => readonly string[]
}

/** Cards of `<interface>` elements. One without a MAC is no card yet. */
export function readCards(interfaces: readonly XmlElement[]): readonly Card[] {
  return interfaces.flatMap((each) => {
    const mac = attributeOf(at(each, 'mac'), 'address')?.toLowerCase()
    if (mac === undefined) return []
    const { network, portgroup, portid, bridge, dev } = at(each, 'source')?.attributes ?? {}
    return [
      {
        mac,
        network: network ?? null,
        portGroup: portgroup ?? null,
        bridge: bridge ?? null,
        portId: portid ?? null,
        device: dev ?? null,
        target: attributeOf(at(each, 'target'), 'dev'),
        filter: attributeOf(at(each, 'filterref'), 'filter'),
        isPlugged: attributeOf(at(each, 'link'), 'state') !== 'down',
      },
    ]
  })
}

/** Whether a card names the network, or the bridge that is the network's own. */
export function isOn({ network, bridge }: Pick<Card, 'network' | 'bridge'>, name: string, own: string | null): boolean {
  return network === null ? bridge !== null && bridge === own : network === name
}
