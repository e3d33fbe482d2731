import type { HardwareEdit } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { EditForm } from '../edit-form.tsx'
import { Field, NumberInput } from '../field.tsx'
import { useHardware } from '../hardware-context.ts'
import { asText, decimal } from '../numbers.ts'
import { useDraft } from '../use-draft.ts'

const KIB_IN_MIB = 1_024

function kib(text: string): number | null {
  const mib = decimal(text)
  return mib === null ? null : Math.round(mib * KIB_IN_MIB)
}

/** What the guest has now, and what it could have at most without a restart. */
export function MemoryForm() {
  const { t, format } = useI18n()
  const { view, shown, options } = useHardware()
  const draft = useDraft('memory', { memory: asText(shown.memoryKiB / KIB_IN_MIB), max: asText(shown.maxMemoryKiB / KIB_IN_MIB) })
  const { values, touched } = draft
  const [memoryKiB, maxMemoryKiB] = [kib(values.memory), kib(values.max)]
  const isMaxChanged = touched.max !== undefined
  const whole = memoryKiB !== null && maxMemoryKiB !== null
  const edit: HardwareEdit | null =
    draft.isTouched && whole ? { edit: 'setMemory', memoryKiB, ...(isMaxChanged && { maxMemoryKiB }) } : null
  const runs = (now: number | undefined, kept: number) => (now === undefined || now === kept ? null : format.bytes(now * KIB_IN_MIB))
  const readable = (value: number | null) => (value === null ? null : format.bytes(value * KIB_IN_MIB))
  const asked = (wantedKiB: number) => {
    const hasKiB = view.running?.memoryKiB ?? wantedKiB
    const sizes = { asked: format.bytes(wantedKiB * KIB_IN_MIB), has: format.bytes(hasKiB * KIB_IN_MIB) }
    return t(hasKiB > wantedKiB ? 'hw.memory.not-given-back' : 'hw.memory.not-taken', sizes)
  }
  return (
    <EditForm
      formKey={draft.key}
      edit={edit}
      problem={draft.isTouched && !whole ? t('hw.issue.number') : null}
      fields={{
        memory: touched.memory !== undefined && memoryKiB !== null ? { edit: 'setMemory', memoryKiB } : null,
        max:
          isMaxChanged && maxMemoryKiB !== null
            ? { edit: 'setMemory', memoryKiB: Math.min(shown.memoryKiB, maxMemoryKiB), maxMemoryKiB }
            : null,
      }}
      save={t('hw.save.memory')}
      onReset={draft.isTouched ? draft.reset : undefined}
    >
      <Field
        label={t('hw.field.memoryKiB')}
        name="memory"
        runs={runs(view.running?.memoryKiB, shown.memoryKiB)}
        note={view.memoryAskedKiB === null || touched.memory !== undefined ? readable(memoryKiB) : asked(view.memoryAskedKiB)}
      >
        {(id, describedBy) => (
          <NumberInput
            id={id}
            describedBy={describedBy}
            value={values.memory}
            unit="MiB"
            onChange={(next) => draft.set({ memory: next })}
          />
        )}
      </Field>
      <Field
        label={t('hw.field.maxMemoryKiB')}
        name="max"
        runs={runs(view.running?.maxMemoryKiB, shown.maxMemoryKiB)}
        note={
          options?.hostMemoryKiB
            ? t('hw.note.maxMemory', { size: format.bytes(options.hostMemoryKiB * KIB_IN_MIB) })
            : readable(maxMemoryKiB)
        }
      >
        {(id, describedBy) => (
          <NumberInput id={id} describedBy={describedBy} value={values.max} unit="MiB" onChange={(next) => draft.set({ max: next })} />
        )}
      </Field>
    </EditForm>
  )
}
