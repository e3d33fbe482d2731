import type { ReactNode } from 'react'
import type { BuildOptions, OsEntry } from '../../../../shared/model/index.ts'
import { type MessageKey, useT } from '../../../lib/i18n/index.ts'
import type { FormState } from '../model/draft.ts'

export const SECTIONS = ['host', 'system', 'source', 'start', 'size', 'disks', 'nics', 'more'] as const
export type SectionId = (typeof SECTIONS)[number]

/** What every part of the form for new machines gets. */
export interface SectionProps {
  readonly form: FormState
  readonly options: BuildOptions
  readonly systems: readonly OsEntry[]
  readonly system: OsEntry | null
  readonly change: (to: (before: FormState) => FormState) => void
}

/** The part of the form that a field of the request stands in. */
export function sectionOf(path: string): SectionId {
  if (/^(hostId|name|count|first|machine)/.test(path)) return 'host'
  if (/^(package|verify|removePackage)/.test(path)) return 'source'
  if (path.startsWith('cloudInit')) return 'start'
  if (path.startsWith('spec.os')) return 'system'
  if (/^spec\.disks\.0\.source\.(base|volume|mode)|^spec\.media/.test(path)) return 'source'
  if (/^spec\.disks|^changes\.diskSizes|^(pool|mode)/.test(path)) return 'disks'
  if (/^(spec|changes)\.nics/.test(path)) return 'nics'
  if (/^spec\.(cpu|memoryMiB)|^changes\.(vcpus|memoryMiB)/.test(path)) return 'size'
  return 'more'
}

export interface SectionFrameProps {
  readonly id: SectionId
  /** In the place of its usual one. */
  readonly title?: MessageKey
  readonly children: ReactNode
}

export function Section({ id, title, children }: SectionFrameProps) {
  const t = useT()
  return (
    <section className="build-section" id={`section-${id}`}>
      <h2 id={`section-${id}-title`} tabIndex={-1}>
        {t(title ?? `build.section.${id}`)}
      </h2>
      {children}
    </section>
  )
}
