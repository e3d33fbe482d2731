import { Button, Form, FormGroup, Modal, ModalBody, ModalFooter, ModalHeader, TextInput } from '@patternfly/react-core'
import { RhUiAddIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-add-icon'
import { useState } from 'react'
import { machineFreshness, type SavedView } from '../../../shared/model/index.ts'
import { useApiCommand, useApiQuery } from '../../lib/api/index.ts'
import { type MessageKey, useI18n } from '../../lib/i18n/index.ts'
import { type Live, useIndexVersion, useLive } from '../../lib/live/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ConfirmDialog, FloatingMenu, Kbd } from '../../ui/index.ts'
import { type ColumnId, columnOf } from './columns.ts'
import { GROUPS } from './groups.ts'
import { chooseColumns, type FleetViewState, useGridState } from './view-state.ts'

interface BuiltIn {
  readonly id: string
  readonly label: MessageKey
  readonly query: string
  readonly count: (live: Live, workspaceId: string) => number
}

const BUILT_IN: readonly BuiltIn[] = [
  { id: 'all', label: 'view.all', query: '', count: ({ index }, id) => index.count(`workspace/${id}`) },
  { id: 'running', label: 'view.running', query: 'state:running', count: ({ index }, id) => index.count(`state/${id}/running`) },
  {
    id: 'attention',
    label: 'view.attention',
    query: 'has:attention | state:crashed',
    count: ({ index }, id) => new Set([...index.members(`state/${id}/attention`), ...index.members(`state/${id}/crashed`)]).size,
  },
  { id: 'lost', label: 'view.lost', query: 'fresh:stale,never', count: countLost },
]

function countLost({ store, index }: Live, workspaceId: string): number {
  let count = 0
  for (const host of store.tables.host.values()) {
    const connection = store.get('connection', host.connectionId)
    if (connection?.workspaceId !== workspaceId) continue
    const { state } = machineFreshness(connection, host)
    if (state === 'stale' || state === 'never') count += index.count(`host/${host.id}`)
  }
  return count
}

/** Tabs over the grid: the built-in views, the saved ones, and the way to save what is shown now. */
export function ViewsBar({ workspaceId, view }: { readonly workspaceId: string; readonly view: FleetViewState }) {
  const { t, format } = useI18n()
  const live = useLive()
  const may = usePermissions()
  useIndexVersion()
  const saved = useApiQuery('views.list', {}, (api, signal) => api.views.list({}, { signal }))
  const [naming, setNaming] = useState<SavedView | 'new' | null>(null)
  const [removing, setRemoving] = useState<SavedView | null>(null)
  const [menu, setMenu] = useState<{ readonly view: SavedView; readonly x: number; readonly y: number } | null>(null)
  const commands = useViewCommands(view)
  const active = view.viewId ?? BUILT_IN.find((one) => one.query === view.query.trim())?.id ?? null
  const views = [...(saved.data ?? [])].sort((a, b) => a.position - b.position)
  return (
    <div className="views">
      <div className="views-tabs" role="tablist" aria-label={t('view.tabs')}>
        {BUILT_IN.map((one) => (
          <button
            key={one.id}
            type="button"
            role="tab"
            className="view-tab"
            aria-selected={active === one.id}
            onClick={() => view.change({ query: one.query, viewId: one.id === 'all' ? null : one.id })}
          >
            {t(one.label)}
            <span className="num">{format.number(one.count(live, workspaceId))}</span>
          </button>
        ))}
        {views.map((one) => (
          <button
            key={one.id}
            type="button"
            role="tab"
            className="view-tab"
            aria-selected={active === one.id}
            onClick={() => openView(one, view)}
            onContextMenu={(event) => {
              event.preventDefault()
              setMenu({ view: one, x: event.clientX, y: event.clientY })
            }}
            onKeyDown={(event) => {
              if (event.key !== 'ContextMenu' && !(event.key === 'F10' && event.shiftKey)) return
              event.preventDefault()
              const box = event.currentTarget.getBoundingClientRect()
              setMenu({ view: one, x: box.left, y: box.bottom })
            }}
          >
            {one.name}
          </button>
        ))}
      </div>
      {may('view.write') && (
        <button
          type="button"
          className="view-add"
          aria-label={t('view.save-new')}
          title={t('view.save-new')}
          onClick={() => setNaming('new')}
        >
          <RhUiAddIcon />
        </button>
      )}
      <span className="grow" />
      <span className="view-hint" aria-hidden>
        <Kbd>J</Kbd>
        <Kbd>K</Kbd> {t('fleet.hint.move')} <Kbd>X</Kbd> {t('fleet.hint.select')} <Kbd>Enter</Kbd> {t('fleet.hint.open')}
      </span>
      {menu && (
        <FloatingMenu
          label={t('view.menu', { name: menu.view.name })}
          at={menu}
          onClose={() => setMenu(null)}
          entries={[
            { kind: 'item', id: 'update', label: t('view.update'), run: () => commands.save(menu.view.name, menu.view) },
            { kind: 'item', id: 'rename', label: t('view.rename'), run: () => setNaming(menu.view) },
            { kind: 'item', id: 'remove', label: t('view.remove'), danger: true, run: () => setRemoving(menu.view) },
          ]}
        />
      )}
      {naming && (
        <NameDialog
          initial={naming === 'new' ? '' : naming.name}
          onCancel={() => setNaming(null)}
          onSave={(name) => {
            if (naming === 'new') commands.save(name, null)
            else commands.rename(naming, name)
            setNaming(null)
          }}
        />
      )}
      {removing && (
        <ConfirmDialog
          title={t('view.remove-title', { name: removing.name })}
          confirm={t('view.remove')}
          cancel={t('action.keep')}
          danger
          onCancel={() => setRemoving(null)}
          onConfirm={() => {
            commands.remove(removing.id)
            setRemoving(null)
            if (view.viewId === removing.id) view.change({ query: '', viewId: null })
          }}
        >
          {t('view.remove-text')}
        </ConfirmDialog>
      )}
    </div>
  )
}

function openView(saved: SavedView, view: FleetViewState): void {
  const column = saved.sort ? columnOf(saved.sort.column) : undefined
  view.change({
    query: saved.query,
    viewId: saved.id,
    groupBy: GROUPS.find((group) => group === saved.groupBy) ?? null,
    sort: { column: column?.id ?? 'name', descending: (column && saved.sort?.descending) ?? false },
  })
  if (saved.columns) chooseColumns(saved.columns.flatMap((id) => columnOf(id)?.id ?? []) satisfies ColumnId[])
}

function useViewCommands(view: FleetViewState) {
  const save = useApiCommand('views.save', (api, saved: SavedView) => api.views.save({ view: saved }))
  const remove = useApiCommand('views.remove', (api, id: string) => api.views.remove({ id }))
  return {
    save: (name: string, known: SavedView | null) => {
      const id = known?.id ?? crypto.randomUUID()
      save.mutate({
        id,
        name,
        query: view.query,
        columns: [...useGridState.getState().columns],
        sort: { column: view.sort.column, descending: view.sort.descending },
        groupBy: view.groupBy,
        position: known?.position ?? Date.now(),
      })
      view.change({ viewId: id })
    },
    rename: (known: SavedView, name: string) => save.mutate({ ...known, name }),
    remove: (id: string) => remove.mutate(id),
  }
}

interface NameDialogProps {
  readonly initial: string
  readonly onSave: (name: string) => void
  readonly onCancel: () => void
}

function NameDialog({ initial, onSave, onCancel }: NameDialogProps) {
  const { t } = useI18n()
  const [name, setName] = useState(initial)
  const title = initial === '' ? t('view.save-new') : t('view.rename')
  return (
    <Modal isOpen variant="small" aria-label={title} onClose={onCancel} elementToFocus="#view-name">
      <ModalHeader title={title} />
      <ModalBody>
        <Form
          id="view-form"
          onSubmit={(event) => {
            event.preventDefault()
            if (name.trim() !== '') onSave(name.trim())
          }}
        >
          <FormGroup label={t('view.name')} fieldId="view-name">
            <TextInput id="view-name" value={name} maxLength={100} onChange={(_event, value) => setName(value)} />
          </FormGroup>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button variant="primary" type="submit" form="view-form" isDisabled={name.trim() === ''}>
          {t('view.save')}
        </Button>
        <Button variant="secondary" onClick={onCancel}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
