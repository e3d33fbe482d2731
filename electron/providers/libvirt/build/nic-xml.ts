import { NIC_MODELS, type NicSpec, nicSpecSchema } from '../../../../shared/model/index.ts'
import { attribute, child, element, type Tree } from './xml-tree.ts'

const TYPES = { network: 'network', bridge: 'bridge', macvtap: 'direct' } as const

/** A card. Without an address libvirt makes one up. */
export function nicElement({ source, vlan, model }: NicSpec, mac: string | undefined, bootOrder: number | null): Tree {
  return element(
    'interface',
    { type: TYPES[source.kind] },
    mac !== undefined && element('mac', { address: mac }),
    nicSource(source),
    source.kind === 'bridge' && source.openVSwitch && element('virtualport', { type: 'openvswitch' }),
    vlan !== null && element('vlan', {}, element('tag', { id: vlan })),
    element('model', { type: model }),
    bootOrder !== null && element('boot', { order: bootOrder }),
  )
}

function nicSource(source: NicSpec['source']): Tree {
  switch (source.kind) {
    case 'network':
      return element('source', { network: source.network })
    case 'bridge':
      return element('source', { bridge: source.bridge })
    case 'macvtap':
      return element('source', { dev: source.device, mode: source.mode })
    default:
      return source satisfies never
  }
}

/**
 * A card of a definition in the words of a specification, without its address. Null: they have none for where it leads, such as a device of
 * the host or QEMU's own user network. A model that they do not have is given as `virtio`.
 */
export function readNic(card: Tree): NicSpec | null {
  const type = attribute(card, 'type')
  const source = child(card, 'source')
  const tag = attribute(child(card, 'vlan', 'tag'), 'id')
  const model = attribute(child(card, 'model'), 'type') ?? 'rtl8139'
  const from = {
    network: { kind: 'network', network: attribute(source, 'network') },
    bridge: {
      kind: 'bridge',
      bridge: attribute(source, 'bridge'),
      openVSwitch: attribute(child(card, 'virtualport'), 'type') === 'openvswitch',
    },
    direct: { kind: 'macvtap', device: attribute(source, 'dev'), mode: attribute(source, 'mode') ?? 'vepa' },
  }
  const parsed = nicSpecSchema.safeParse({
    source: from[type as keyof typeof from],
    vlan: tag === undefined ? null : Number(tag),
    model: NIC_MODELS.find((known) => known === model) ?? 'virtio',
    mac: null,
  })
  return parsed.success ? parsed.data : null
}

/** What stands for a card that a specification has no words for, so that it keeps its place in a list. */
export function oddNic(card: Tree): NicSpec {
  return nicSpecSchema.parse({ source: { kind: 'network', network: `(${attribute(card, 'type') ?? '?'})` } })
}

/** Whether both lead to the same place in the same way; addresses do not count. */
export function isSameNic(a: NicSpec, b: NicSpec): boolean {
  const plain = ({ source, vlan, model }: NicSpec) =>
    JSON.stringify([Object.entries(source).toSorted(([one], [other]) => (one < other ? -1 : 1)), vlan, model])
  return plain(a) === plain(b)
}
