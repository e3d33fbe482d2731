import { Button, Checkbox, Radio } from '@patternfly/react-core'
import { RhUiColumnsIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-columns-icon'
import { memo, useCallback, useRef, useState } from 'react'
import { type MessageKey, useT } from '../../lib/i18n/index.ts'
import { useHasClouds } from '../../lib/live/index.ts'
import { PopUp } from '../../ui/index.ts'
import { columnLabel, columnsFor } from './columns.ts'
import type { GroupBy } from './groups.ts'
import { chooseColumns, type FleetViewState, useGridState } from './view-state.ts'

const GROUP_LABELS: readonly (readonly [GroupBy | null, MessageKey])[] = [
  [null, 'group.none'],
  ['host', 'group.host'],
  ['state', 'group.state'],
  ['tag', 'group.tag'],
  ['connection', 'group.connection'],
]
const CLOUD_GROUPS: typeof GROUP_LABELS = [
  ['region', 'group.region'],
  ['type', 'group.type'],
]

/** Which columns, and under which headings. */
export const ColumnsMenu = memo(function ColumnsMenu({ view }: { readonly view: FleetViewState }) {
  const t = useT()
  const hasClouds = useHasClouds()
  const chosen = useGridState((state) => state.columns)
  const button = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  const close = useCallback(() => setOpen(false), [])
  // The address follows in its own time, and the rows with it; the button shows at once what was pressed.
  const [pressed, setPressed] = useState<{ readonly group: GroupBy | null; readonly before: GroupBy | null } | null>(null)
  const groupBy = pressed && pressed.before === view.groupBy ? pressed.group : view.groupBy
  return (
    <>
      <Button ref={button} variant="secondary" icon={<RhUiColumnsIcon />} aria-expanded={open} onClick={() => setOpen(!open)}>
        {t('columns.title')}
      </Button>
      {open && (
        <PopUp label={t('columns.title')} anchor={button} onClose={close}>
          <div className="columns-menu">
            <fieldset>
              <legend>{t('columns.shown')}</legend>
              {columnsFor(hasClouds).map((column) => (
                <Checkbox
                  key={column.id}
                  id={`column-${column.id}`}
                  label={t(columnLabel(column, hasClouds))}
                  isChecked={column.fixed === true || chosen.includes(column.id)}
                  isDisabled={column.fixed === true}
                  onChange={(_event, checked) => chooseColumns(checked ? [...chosen, column.id] : chosen.filter((id) => id !== column.id))}
                />
              ))}
            </fieldset>
            <fieldset>
              <legend>{t('columns.group-by')}</legend>
              {(hasClouds ? [...GROUP_LABELS, ...CLOUD_GROUPS] : GROUP_LABELS).map(([group, label]) => (
                <Radio
                  key={label}
                  id={label}
                  name="group-by"
                  label={t(label)}
                  isChecked={groupBy === group}
                  onChange={() => {
                    setPressed({ group, before: view.groupBy })
                    view.change({ groupBy: group })
                  }}
                />
              ))}
            </fieldset>
          </div>
        </PopUp>
      )}
    </>
  )
})
