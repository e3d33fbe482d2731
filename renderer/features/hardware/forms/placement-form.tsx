import { useState } from 'react'
import { type EditableHardware, type HardwareEdit, NUMA_MODES } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { EditForm } from '../edit-form.tsx'
import { Field, Select } from '../field.tsx'
import { useHardware } from '../hardware-context.ts'
import { idsOf, isIdList, listOf } from '../id-list.ts'
import { useDraft } from '../use-draft.ts'
import { CellMap } from './cell-map.tsx'

/** Which processors of the host its vCPUs run on, and which memory it has. */
export function PlacementForms() {
  return (
    <>
      <PinningForm />
      <NumaForm />
    </>
  )
}

/** What is pinned: a vCPU by its number, or the emulator's own threads. */
type Row = number | 'emulator'
/** More than that are pinned as text. */
const MOST_ROWS = 128

function pinned({ pinning, maxVcpus }: EditableHardware): Readonly<Record<string, string>> {
  const rows = Array.from({ length: Math.min(maxVcpus, MOST_ROWS) }, (_, vcpu) => [
    String(vcpu),
    pinning.vcpus.find((each) => each.vcpu === vcpu)?.cpus ?? '',
  ])
  return Object.fromEntries([...rows, ['emulator', pinning.emulator ?? '']]) as Record<string, string>
}

function PinningForm() {
  const { t } = useI18n()
  const { shown, options } = useHardware()
  const draft = useDraft<Record<string, string>>('pinning', pinned(shown))
  const { values, touched } = draft
  const [row, setRow] = useState<Row>(0)
  const changed = Object.keys(touched)
  const isWrong = changed.some((key) => (values[key] ?? '') !== '' && !isIdList(values[key] ?? ''))
  const cpus = (key: string) => values[key]?.trim() || null
  const edit: HardwareEdit | null =
    changed.length === 0 || isWrong
      ? null
      : {
          edit: 'setPinning',
          vcpus: changed.filter((key) => key !== 'emulator').map((key) => ({ vcpu: Number(key), cpus: cpus(key) })),
          ...(changed.includes('emulator') && { emulator: cpus('emulator') }),
        }
  const rows = Object.keys(pinned(shown))
  const chosen = idsOf(values[String(row)] ?? '')
  const pins = new Map<number, number>()
  for (const key of rows) for (const cpu of idsOf(values[key] ?? '')) pins.set(cpu, (pins.get(cpu) ?? 0) + 1)
  const name = (key: string) => (key === 'emulator' ? t('hw.emulator') : t('hw.vcpu-number', { number: Number(key) }))
  return (
    <EditForm
      formKey={draft.key}
      title={t('hw.pinning')}
      edit={edit}
      problem={isWrong ? t('hw.issue.not-an-id-list') : null}
      save={t('hw.save.pinning')}
      onReset={draft.isTouched ? draft.reset : undefined}
    >
      <p className="form-note">{t('hw.note.pinning')}</p>
      <div className="hw-pinning">
        <table className="plain-table inset hw-pins">
          <thead>
            <tr>
              <th scope="col">{t('hw.pin.what')}</th>
              <th scope="col">{t('hw.pin.cpus')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((key) => {
              const own: Row = key === 'emulator' ? key : Number(key)
              return (
                <tr key={key} className={own === row ? 'chosen' : undefined}>
                  <td>
                    <button type="button" aria-pressed={own === row} onClick={() => setRow(own)}>
                      {name(key)}
                    </button>
                  </td>
                  <td>
                    <input
                      type="text"
                      className="text-input num"
                      value={values[key] ?? ''}
                      placeholder={t('hw.pin.any')}
                      aria-label={t('hw.pin.cpus-of', { what: name(key) })}
                      aria-invalid={(values[key] ?? '') !== '' && !isIdList(values[key] ?? '')}
                      autoComplete="off"
                      onFocus={() => setRow(own)}
                      onChange={(event) => draft.set({ [key]: event.target.value })}
                    />
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
        {options && (
          <CellMap
            cells={options.cells}
            label={t('hw.pin.map', { what: name(String(row)) })}
            chosen={chosen}
            pins={pins}
            onToggle={(cpu) => {
              const next = new Set(chosen)
              if (!next.delete(cpu)) next.add(cpu)
              draft.set({ [String(row)]: listOf(next) })
            }}
            onCell={(all) => draft.set({ [String(row)]: all.every((cpu) => chosen.has(cpu)) ? '' : listOf(all) })}
          />
        )}
      </div>
    </EditForm>
  )
}

const NO_MODE = 'none'

function NumaForm() {
  const { t, format } = useI18n()
  const { shown, options } = useHardware()
  const draft = useDraft('numa', { mode: shown.numa?.mode ?? NO_MODE, nodes: shown.numa?.nodes ?? '' })
  const { values } = draft
  const mode = NUMA_MODES.find((each) => each === values.mode)
  const nodes = idsOf(values.nodes)
  const isBound = mode !== undefined
  const problem = draft.isTouched && isBound && nodes.size === 0 ? t('hw.issue.no-node') : null
  const edit: HardwareEdit | null =
    !draft.isTouched || problem !== null
      ? null
      : isBound
        ? { edit: 'setNuma', mode, nodes: values.nodes }
        : { edit: 'setNuma', mode: 'strict', nodes: null }
  return (
    <EditForm
      formKey={draft.key}
      title={t('hw.numa')}
      edit={edit}
      problem={problem}
      save={t('hw.save.numa')}
      onReset={draft.isTouched ? draft.reset : undefined}
    >
      <Field label={t('hw.field.numa')} note={t(isBound ? `hw.numa.${mode}.text` : 'hw.numa.none.text')}>
        {(id, describedBy) => (
          <Select
            id={id}
            describedBy={describedBy}
            value={values.mode}
            choices={[NO_MODE, ...NUMA_MODES].map((each) => ({ id: each, label: t(`hw.numa.${each as typeof NO_MODE}`) }))}
            onChange={(next) => draft.set({ mode: next, ...(next === NO_MODE && { nodes: '' }) })}
          />
        )}
      </Field>
      {isBound && options && (
        <fieldset className="hw-group">
          <legend>{t('hw.nodes')}</legend>
          {options.cells.map((cell) => (
            <label key={cell.id} className="check-line">
              <input
                type="checkbox"
                className="check-input"
                checked={nodes.has(cell.id)}
                onChange={(event) => {
                  const next = new Set(nodes)
                  if (event.target.checked) next.add(cell.id)
                  else next.delete(cell.id)
                  draft.set({ nodes: listOf(next) })
                }}
              />
              <span>
                {t('hw.node', { number: cell.id })}{' '}
                {cell.memoryKiB !== null && <span className="sub num">{format.bytes(cell.memoryKiB * 1_024)}</span>}
              </span>
            </label>
          ))}
        </fieldset>
      )}
    </EditForm>
  )
}
