import { Link } from 'react-router'
import type { Pool, VolumeRow } from '../../../../shared/model/index.ts'
import type { I18n } from '../../../lib/i18n/index.ts'
import { paths } from '../../../lib/paths.ts'
import { MoreButton } from '../table/more-button.tsx'
import { nameColumn } from '../table/name-column.tsx'
import type { TableColumn } from '../table/table-model.ts'
import { placeOf } from '../words.ts'
import type { VolumeListState } from './volume-list.ts'

export interface VolumeCells {
  readonly i18n: I18n
  readonly pool: Pool
  /** Of the same host. */
  readonly pools: readonly Pool[]
  readonly state: Pick<VolumeListState, 'rows' | 'gone' | 'phase'>
  readonly onReveal: (name: string) => void
  readonly onMenu: (row: VolumeRow, at: { readonly x: number; readonly y: number }) => void
}

/** What stands in the rows of a pool's list. A row's place never hangs on what is read of it later. */
export function volumeColumns({ i18n, pool, pools, state, onReveal, onMenu }: VolumeCells): readonly TableColumn<VolumeRow>[] {
  const { t, format } = i18n
  const unknown = (name: string) => {
    if (state.gone.has(name)) return null
    return state.phase === 'complete' ? <span className="none">–</span> : <span className="storage-pending" aria-hidden />
  }
  const figure = (of: (facts: NonNullable<VolumeRow['facts']>) => number) => (row: VolumeRow) =>
    row.facts === null ? unknown(row.name) : format.bytes(of(row.facts))
  return [
    nameColumn(i18n),
    {
      id: 'owner',
      label: t('storage.owner'),
      width: 'minmax(110px, 1.3fr)',
      from: 480,
      cell: ({ owners, name }) => <Owners owners={owners} note={state.gone.has(name) ? t('storage.volume.gone') : null} />,
    },
    {
      id: 'format',
      label: t('column.format'),
      width: '64px',
      from: 620,
      cell: (row) => (row.facts === null ? unknown(row.name) : (row.facts.format ?? <span className="none">–</span>)),
    },
    {
      id: 'allocation',
      label: t('storage.allocation'),
      width: '92px',
      align: 'end',
      cell: figure(({ allocationBytes }) => allocationBytes),
    },
    {
      id: 'capacity',
      label: t('storage.capacity'),
      width: '92px',
      align: 'end',
      from: 720,
      cell: figure(({ capacityBytes }) => capacityBytes),
    },
    {
      id: 'backing',
      label: t('storage.backing'),
      width: 'minmax(100px, 1.5fr)',
      from: 860,
      cell: (row) => {
        if (row.facts === null) return unknown(row.name)
        const { backingPath } = row.facts
        if (backingPath === null) return <span className="none">–</span>
        const place = placeOf(backingPath, pools)
        const name = place?.name ?? backingPath
        if (place?.pool.id === pool.id && state.rows.has(name)) {
          return (
            <button type="button" className="storage-jump ellipsis" title={backingPath} onClick={() => onReveal(name)}>
              {name}
            </button>
          )
        }
        return place && place.pool.id !== pool.id ? (
          <Link className="ellipsis" to={paths.pool(place.pool.id, name)} title={backingPath}>
            {place.pool.name}/{name}
          </Link>
        ) : (
          <span className="mono small ellipsis" title={backingPath}>
            {backingPath}
          </span>
        )
      },
    },
    {
      id: 'more',
      label: '',
      width: '36px',
      sortable: false,
      cell: (row) => <MoreButton label={t('storage.actions-of', { name: row.name })} onOpen={(at) => onMenu(row, at)} />,
    },
  ]
}

function Owners({ owners, note }: { readonly owners: VolumeRow['owners']; readonly note: string | null }) {
  const [first] = owners
  if (!first) return note === null ? <span className="none">–</span> : <span className="warn-text">{note}</span>
  return (
    <span className="ellipsis" title={owners.map(({ name }) => name).join('\n')}>
      {first.machineId === null ? (
        first.name
      ) : (
        <Link className="quiet-link regular" to={paths.machine(first.machineId)}>
          {first.name}
        </Link>
      )}
      {owners.length > 1 && <span className="sub"> +{owners.length - 1}</span>}
    </span>
  )
}
