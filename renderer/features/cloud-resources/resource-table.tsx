import { Fragment, useMemo, useState } from 'react'
import { Link } from 'react-router'
import { type CloudResource, type CloudResourceKind, type Host, type MachineId, objectId } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useEntity } from '../../lib/live/index.ts'
import { zoneOf } from '../../lib/machine/index.ts'
import { paths } from '../../lib/paths.ts'
import { Chevron, CopyButton, Tags } from '../../ui/index.ts'
import { detailOf, isUnused } from './resources.ts'

/** As many rows at a time as a page is read in. */
const SHOWN = 200

export interface ResourceTableProps {
  readonly resources: readonly CloudResource[]
  readonly place: Host
  readonly kind: CloudResourceKind
}

/** A line for each, and under it what is native to it. A column of which nothing is known is not there. */
export function ResourceTable({ resources, place, kind }: ResourceTableProps) {
  const { t } = useI18n()
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const [limit, setLimit] = useState(SHOWN)
  const detail = useMemo(() => new Map(resources.map((one) => [one, detailOf(one)])), [resources])
  const has = {
    detail: resources.some((one) => detail.get(one) !== null),
    state: resources.some(({ state }) => state !== null),
    size: resources.some(({ sizeBytes }) => sizeBytes !== null),
    zone: resources.some(({ zone, region }) => zone !== null || (region !== null && region !== place.name)),
    created: resources.some(({ createdAtMs }) => createdAtMs !== null),
    used: kind === 'disk' || kind === 'address' || resources.some(({ usedBy }) => usedBy.length > 0),
  }
  const columns = 1 + Object.values(has).filter(Boolean).length
  const toggle = (id: string) =>
    setOpen((before) => {
      const after = new Set(before)
      if (!after.delete(id)) after.add(id)
      return after
    })
  return (
    <>
      <table className="plain-table resource-table num">
        <thead>
          <tr>
            <th scope="col">{t('column.name')}</th>
            {has.detail && <th scope="col">{t(`resource.detail.${kind}`)}</th>}
            {has.state && <th scope="col">{t('column.state')}</th>}
            {has.size && (
              <th scope="col" className="end">
                {t('cloud.column.size')}
              </th>
            )}
            {has.used && <th scope="col">{t('resource.used-by')}</th>}
            {has.zone && <th scope="col">{t(resources.some(({ zone }) => zone !== null) ? 'cloud.fact.zone' : 'place.kind.region')}</th>}
            {has.created && <th scope="col">{t('cloud.fact.made')}</th>}
          </tr>
        </thead>
        <tbody>
          {resources.slice(0, limit).map((resource) => (
            <Fragment key={resource.id}>
              <Row
                resource={resource}
                detail={detail.get(resource) ?? null}
                place={place}
                has={has}
                open={open.has(resource.id)}
                onToggle={() => toggle(resource.id)}
              />
              {open.has(resource.id) && (
                <tr className="resource-more">
                  <td colSpan={columns}>
                    <More resource={resource} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
      {resources.length > limit && (
        <button type="button" className="link-button resource-rest" onClick={() => setLimit(limit + SHOWN)}>
          {t('tasks.more', { count: resources.length - limit })}
        </button>
      )}
    </>
  )
}

interface RowProps {
  readonly resource: CloudResource
  readonly detail: string | null
  readonly place: Host
  readonly has: Readonly<Record<'detail' | 'state' | 'size' | 'zone' | 'created' | 'used', boolean>>
  readonly open: boolean
  readonly onToggle: () => void
}

function Row({ resource, detail, place, has, open, onToggle }: RowProps) {
  const { t, format } = useI18n()
  const { name, id, state, sizeBytes, usedBy, region, zone, createdAtMs } = resource
  const nothing = <span className="none">–</span>
  return (
    <tr>
      <td>
        <button type="button" className="resource-name" aria-expanded={open} title={id} onClick={onToggle}>
          <Chevron open={open} />
          <span className="ellipsis">{name || id}</span>
        </button>
      </td>
      {has.detail && (
        <td className="ellipsis" title={detail ?? undefined}>
          {detail ?? nothing}
        </td>
      )}
      {has.state && <td className="ellipsis">{state ?? nothing}</td>}
      {has.size && <td className="end">{sizeBytes === null ? nothing : format.bytes(sizeBytes)}</td>}
      {has.used && (
        <td>
          {usedBy.length > 0 ? (
            <span className="resource-users">
              {usedBy.map((ref) => (
                <User key={ref} connectionId={place.connectionId} nativeRef={ref} />
              ))}
            </span>
          ) : isUnused(resource) ? (
            <span className="warn-text">{t('resource.unused')}</span>
          ) : (
            nothing
          )}
        </td>
      )}
      {has.zone && <td className="ellipsis">{zoneOf({ region: region ?? '', zone }) || nothing}</td>}
      {has.created && (
        <td>{createdAtMs === null ? nothing : <span title={format.absolute(createdAtMs)}>{format.date(createdAtMs)}</span>}</td>
      )}
    </tr>
  )
}

/** The machine that uses it: a link while it is known, else the last part of its reference. */
function User({ connectionId, nativeRef }: { readonly connectionId: Host['connectionId']; readonly nativeRef: string }) {
  const id = objectId<MachineId>(connectionId, 'm', nativeRef)
  const machine = useEntity('machine', id)
  return machine ? (
    <Link className="quiet-link ellipsis" to={paths.machine(id)}>
      {machine.name}
    </Link>
  ) : (
    <span className="sub ellipsis" title={nativeRef}>
      {nativeRef.split('/').at(-1)}
    </span>
  )
}

function More({ resource: { id, properties, tags } }: { readonly resource: CloudResource }) {
  const { t } = useI18n()
  return (
    <>
      <dl className="resource-facts">
        <div>
          <dt>{t('cloud.fact.id')}</dt>
          <dd>
            <span className="mono">{id}</span> <CopyButton text={id} what={t('cloud.fact.id')} />
          </dd>
        </div>
        {properties.map(({ key, value }, place) => (
          // Rules of a firewall share their key, and two may be the same.
          // biome-ignore lint/suspicious/noArrayIndexKey: the list is replaced as a whole
          <div key={`${key}/${place}`}>
            <dt>{key}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {tags.length > 0 && <Tags tags={tags} max={20} />}
    </>
  )
}
