import { useI18n } from '../../lib/i18n/index.ts'
import { useDrafts } from './drafts.ts'
import { useHardware } from './hardware-context.ts'
import { GROUPS, type Item, itemsOf } from './items.ts'

/** Drafts that belong to a line of the list. */
const FORMS: Readonly<Record<string, readonly string[]>> = { cpu: ['vcpus', 'cpu'], placement: ['pinning', 'numa'] }
const DEVICE_FORMS = ['disk', 'size', 'media', 'nic', 'xml']

function formsOf(id: string): readonly string[] {
  return FORMS[id] ?? (id.includes(':') ? DEVICE_FORMS.map((form) => `${form} ${id}`) : [id])
}

export interface ItemListProps {
  readonly chosen: string
  readonly onChoose: (id: string) => void
}

/** What the machine is made of, with what waits and what was begun. */
export function ItemList({ chosen, onChoose }: ItemListProps) {
  const i18n = useI18n()
  const { t } = i18n
  const { machine, view } = useHardware()
  const drafts = useDrafts((state) => state.drafts)
  const items = itemsOf(view, i18n)
  const isBegun = ({ id }: Item) => formsOf(id).some((form) => drafts[`${machine.id} ${form}`] !== undefined)
  return (
    <nav className="hw-list" aria-label={t('hw.list')}>
      {GROUPS.map((group) => {
        const own = items.filter((item) => item.group === group)
        return own.length === 0 ? null : (
          <section key={group}>
            <h3>{t(`hw.group.${group}`)}</h3>
            <ul>
              {own.map((item) => (
                <li key={item.id}>
                  <button type="button" aria-current={item.id === chosen ? 'true' : undefined} onClick={() => onChoose(item.id)}>
                    <span className="hw-item-title ellipsis">
                      {item.title}
                      {isBegun(item) && <span className="hw-mark begun">{t('hw.begun')}</span>}
                      {item.change !== 'none' && <span className="hw-mark">{t(`hw.change.${item.change}`)}</span>}
                    </span>
                    <span className="sub small ellipsis" title={item.summary}>
                      {item.summary}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )
      })}
    </nav>
  )
}
