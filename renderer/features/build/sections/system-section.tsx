import { useMemo } from 'react'
import type { OsEntry } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useNowMs } from '../../../lib/time/ticker.ts'
import { Picker } from '../fields/picker.tsx'
import { withSystem } from '../model/system.ts'
import { Section, type SectionProps } from './section.tsx'

function newestFirst(a: OsEntry, b: OsEntry): number {
  return a.family.localeCompare(b.family) || (b.released ?? '').localeCompare(a.released ?? '')
}

export function SystemSection({ options, systems, system, change }: SectionProps) {
  const { t } = useI18n()
  const today = new Date(useNowMs()).toISOString().slice(0, 10)
  const picks = useMemo(
    () =>
      systems.toSorted(newestFirst).map((one) => ({
        id: one.id,
        label: one.name,
        words: `${one.id} ${one.kind}`,
        ...(one.endOfLife !== null && { side: t(one.endOfLife < today ? 'build.os-ended' : 'build.os-until', { date: one.endOfLife }) }),
      })),
    [systems, today, t],
  )
  return (
    <Section id="system">
      <Picker
        path="spec.os"
        picks={picks}
        value={system?.id ?? ''}
        empty={t('build.no-systems')}
        note={
          system &&
          t('build.os-needs', {
            vcpus: system.minimum.vcpus,
            memory: system.minimum.memoryMiB / 1_024,
            disk: system.minimum.diskGiB,
          })
        }
        onPick={(id) =>
          change((form) => {
            const next = systems.find((one) => one.id === id)
            return next ? withSystem(form, next, systems.find((one) => one.id === form.draft.spec.os) ?? null, options) : form
          })
        }
      />
    </Section>
  )
}
