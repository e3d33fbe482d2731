import './machine-types.css'
import { Checkbox, SearchInput } from '@patternfly/react-core'
import { useMemo, useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { Skeleton } from '../../ui/index.ts'
import { type ComparedType, TypeComparison } from './type-comparison.tsx'
import { type PricedMachineType, sortTypes, type TypeSort, typesMatching } from './type-list.ts'
import { TypeTable } from './type-table.tsx'

export interface TypeChooserProps {
  readonly types: readonly PricedMachineType[]
  readonly isReading: boolean
  /** Why they could not be read, in words. */
  readonly failed: string | null
  /** What a machine has now, and what others are compared with; null: there is no machine yet, and they are compared with the chosen one. */
  readonly present: ComparedType | null
  readonly chosen: string | null
  readonly onChoose: (name: string) => void
  /** Why no figure can be said yet, where none is known. */
  readonly noPrices?: string
  /** What limits the comparison's figures. */
  readonly remark?: string | null
}

/** Types of machines with their list prices: searched, sorted, one chosen and compared. */
export function TypeChooser({ types, isReading, failed, present, chosen, onChoose, noPrices, remark = null }: TypeChooserProps) {
  const { t, format } = useI18n()
  const [search, setSearch] = useState('')
  const [sort, setSort] = useState<TypeSort>({ by: 'price', descending: false })
  const [showsOthers, setShowsOthers] = useState(false)
  const [before, setBefore] = useState<string | null>(null)
  const then = types.find(({ name }) => name === chosen) ?? null
  const beside = present ?? types.find(({ name }) => name === before && name !== chosen) ?? null
  const unfit = types.filter(({ reason }) => reason !== null).length
  const shown = useMemo(
    () => sortTypes(typesMatching(types, search, showsOthers, chosen), sort),
    [types, search, showsOthers, chosen, sort],
  )
  return (
    <div className="type-chooser">
      <div className="type-tools">
        <SearchInput
          id="type-search"
          aria-label={t('type.search')}
          placeholder={t('type.search-such-as')}
          value={search}
          onChange={(_event, value) => setSearch(value)}
          onClear={() => setSearch('')}
        />
        {unfit > 0 && (
          <Checkbox
            id="type-unfit"
            label={t('type.show-unfit', { count: unfit, shown: format.number(unfit) })}
            isChecked={showsOthers}
            onChange={(_event, on) => setShowsOthers(on)}
          />
        )}
      </div>
      {failed !== null && <p className="dialog-problem">{failed}</p>}
      {failed === null && isReading && (
        <div className="type-scroll type-none">
          <Skeleton width={320} />
        </div>
      )}
      {failed === null && !isReading && (
        <TypeTable
          types={shown}
          present={present}
          chosen={chosen}
          base={present ?? then}
          empty={t(types.length === 0 ? 'type.none-known' : 'type.none')}
          noPrices={noPrices ?? t('type.no-prices')}
          sort={sort}
          onSort={setSort}
          onChoose={(name) => {
            setBefore(chosen)
            onChoose(name)
          }}
        />
      )}
      {then && beside && <TypeComparison beside={beside} isPresent={present !== null} then={then} remark={remark} />}
    </div>
  )
}
