import { useMemo, useState } from 'react'
import { useNavigate } from 'react-router'
import { useApi } from '../../../lib/api/index.ts'
import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { paths } from '../../../lib/paths.ts'
import { FloatingMenu } from '../../../ui/index.ts'
import { compareKnown, pressed, type Sort } from '../table/table-model.ts'
import { VirtualTable } from '../table/virtual-table.tsx'
import { fullness } from '../words.ts'
import { poolColumns } from './pool-columns.tsx'
import { poolEntries } from './pool-entries.ts'
import { type PoolScene, useWriteReason } from './pool-scene.ts'

const BY_HOST: Sort = { column: 'host', descending: false }
const keyOf = ({ pool }: PoolScene) => pool.id
const nameOf = ({ pool }: PoolScene) => pool.name

export interface PoolsTableProps {
  readonly scenes: readonly PoolScene[]
  /** Of one host its name stands above already. */
  readonly withHosts: boolean
  readonly empty: React.ReactNode
}

export function PoolsTable({ scenes, withHosts, empty }: PoolsTableProps) {
  const i18n = useI18n()
  const { t } = i18n
  const api = useApi()
  const navigate = useNavigate()
  const refusal = useWriteReason(i18n)
  const [sort, setSort] = useState(BY_HOST)
  const [menu, setMenu] = useState<{ readonly poolId: string; readonly at: { readonly x: number; readonly y: number } } | null>(null)
  const sorted = useMemo(() => ordered(scenes, sort), [scenes, sort])
  const columns = poolColumns({
    i18n,
    withHosts,
    onMenu: (poolId, at) => setMenu({ poolId, at }),
  })
  const chosen = menu && scenes.find(({ pool }) => pool.id === menu.poolId)
  return (
    <>
      <VirtualTable
        label={t('storage.pools')}
        rows={sorted}
        keyOf={keyOf}
        nameOf={nameOf}
        columns={columns}
        sort={sort}
        onSort={(column) => setSort(pressed(sort, column, column === 'fill'))}
        onOpen={({ pool }) => void navigate(paths.pool(pool.id))}
        onMenu={({ pool }, at) => setMenu({ poolId: pool.id, at })}
        rowClass={({ isLive }) => (isLive ? '' : 'stale')}
        empty={empty}
      />
      {chosen && (
        <FloatingMenu
          label={t('storage.actions-of', { name: chosen.pool.name })}
          at={menu.at}
          entries={poolEntries(chosen, api, i18n, refusal(chosen.isLive, chosen.host?.name ?? ''))}
          onClose={() => setMenu(null)}
        />
      )}
    </>
  )
}

function ordered(scenes: readonly PoolScene[], { column, descending }: Sort): readonly PoolScene[] {
  const text = (of: (scene: PoolScene) => string) => (a: PoolScene, b: PoolScene) =>
    descending ? compareNames(of(b), of(a)) : compareNames(of(a), of(b))
  const byHost = text(({ host, pool }) => `${host?.name ?? ''}\u0000${pool.name}`)
  const orders: Readonly<Record<string, (a: PoolScene, b: PoolScene) => number>> = {
    host: byHost,
    name: text(({ pool }) => pool.name),
    type: text(({ pool }) => pool.type),
    place: text(({ pool }) => pool.target ?? ''),
    state: text(({ pool, isLive }) => `${isLive ? 0 : 1}${pool.active ? 1 : 0}`),
    autostart: text(({ pool }) => String(pool.autostart)),
    fill: (a, b) => compareKnown(fullness(a.pool), fullness(b.pool), descending),
  }
  const order = orders[column] ?? byHost
  return [...scenes].sort((a, b) => order(a, b) || byHost(a, b))
}
