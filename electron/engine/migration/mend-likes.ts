import {
  NETWORK_MODES,
  type Network,
  type NetworkDetail,
  type NetworkSpec,
  networkSpecSchema,
  type Pool,
  type PoolSpec,
  poolSpecSchema,
} from '../../../shared/model/index.ts'
import { at, attributeOf, parseXml, textOf } from '../../xml/index.ts'
import { cannotMakeAlike } from './mend-errors.ts'

/**
 * A pool like one of another host, from its definition: the same folder, made if it is missing, or the same export. Throws `unsupported`
 * migration.cannot-make-alike.
 */
export function poolLike({ name, autostart }: Pick<Pool, 'name' | 'autostart'>, definition: string): PoolSpec {
  const pool = parseXml(definition)
  const source = at(pool, 'source')
  const type = attributeOf(pool, 'type')
  const path = textOf(pool, 'target', 'path')
  const from =
    type === 'netfs'
      ? {
          type,
          path,
          host: attributeOf(at(source, 'host'), 'name'),
          exportPath: attributeOf(at(source, 'dir'), 'path'),
          format: attributeOf(at(source, 'format'), 'type') ?? 'auto',
        }
      : { type, path }
  const needsLogin = at(source, 'auth') !== undefined
  const spec = poolSpecSchema.safeParse({ name, source: from, autostart: autostart ?? true, build: true })
  if (!spec.success || needsLogin) throw cannotMakeAlike('pool', name)
  return spec.data
}

/** A network like one of another host. A NAT bridge is named anew by the host; one that is the host's own keeps its name. */
export function networkLike({ name, autostart }: Pick<Network, 'name' | 'autostart'>, detail: NetworkDetail): NetworkSpec {
  const mode = NETWORK_MODES.find((each) => each === detail.mode)
  const isHostsOwn = mode === 'bridge' || mode === 'openvswitch'
  const spec = networkSpecSchema.safeParse({
    name,
    mode,
    bridge: isHostsOwn ? detail.bridge : null,
    subnets: isHostsOwn ? [] : detail.subnets,
    domain: detail.domain,
    mtu: detail.mtu,
    portGroups: detail.portGroups,
    autostart: autostart ?? true,
  })
  if (!spec.success) throw cannotMakeAlike('network', name)
  return spec.data
}
