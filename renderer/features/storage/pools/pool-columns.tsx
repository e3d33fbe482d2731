import { Link } from 'react-router'
import type { I18n } from '../../../lib/i18n/index.ts'
import { paths } from '../../../lib/paths.ts'
import { MoreButton } from '../table/more-button.tsx'
import type { TableColumn } from '../table/table-model.ts'
import { poolTypeWord } from '../words.ts'
import { PoolFill, PoolState } from './pool-cells.tsx'
import type { PoolScene } from './pool-scene.ts'

export interface PoolColumns {
  readonly i18n: I18n
  /** Of one host its name stands above already. */
  readonly withHosts: boolean
  readonly onMenu: (poolId: string, at: { readonly x: number; readonly y: number }) => void
}

export function poolColumns({ i18n, withHosts, onMenu }: PoolColumns): readonly TableColumn<PoolScene>[] {
  const { t } = i18n
  return [
    { id: 'state', label: t('column.state'), width: 'minmax(76px, 0.8fr)', cell: (scene) => <PoolState scene={scene} /> },
    {
      id: 'name',
      label: t('column.name'),
      width: 'minmax(70px, 1.2fr)',
      cell: ({ pool }) => (
        <Link className="quiet-link ellipsis" to={paths.pool(pool.id)} title={pool.name}>
          {pool.name}
        </Link>
      ),
    },
    ...(withHosts
      ? [
          {
            id: 'host',
            label: t('column.host'),
            width: 'minmax(96px, 1fr)',
            cell: ({ host }: PoolScene) =>
              host && (
                <Link className="quiet-link regular ellipsis" to={paths.storage(host.id)} title={host.name}>
                  {host.name}
                </Link>
              ),
          },
        ]
      : []),
    {
      id: 'type',
      label: t('host.pool.type'),
      width: 'minmax(132px, 0.9fr)',
      from: 640,
      cell: ({ pool }) => (
        <span className="ellipsis" title={pool.type}>
          {poolTypeWord(pool.type, i18n)}
        </span>
      ),
    },
    {
      id: 'fill',
      label: t('host.pool.capacity'),
      width: 'minmax(84px, 2fr)',
      cell: ({ pool, isLive }) => <PoolFill pool={pool} isLive={isLive} />,
    },
    {
      id: 'autostart',
      label: t('storage.autostart'),
      width: '86px',
      from: 900,
      cell: ({ pool }) =>
        pool.autostart === null ? <span className="none">–</span> : t(pool.autostart ? 'storage.autostart.on' : 'storage.autostart.off'),
    },
    {
      id: 'place',
      label: t('host.pool.target'),
      width: 'minmax(120px, 1.3fr)',
      from: 760,
      cell: ({ pool }) => (
        <span className="mono small ellipsis" title={pool.target ?? ''}>
          {pool.target ?? <span className="none">–</span>}
        </span>
      ),
    },
    {
      id: 'more',
      label: '',
      width: '36px',
      sortable: false,
      cell: ({ pool }) => <MoreButton label={t('storage.actions-of', { name: pool.name })} onOpen={(at) => onMenu(pool.id, at)} />,
    },
  ]
}
