import { useMemo } from 'react'
import type { AppError } from '../../../../shared/errors/index.ts'
import type { HostId } from '../../../../shared/model/index.ts'
import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { useTable } from '../../../lib/live/index.ts'
import { isPlace } from '../../../lib/machine/index.ts'
import { useWorkspaceId } from '../../../lib/session/index.ts'
import { CheckField, NumberField, TextField } from '../fields/fields.tsx'
import { Picker } from '../fields/picker.tsx'
import { draftNames } from '../model/totals.ts'
import { Section } from './section.tsx'

export interface HostPickerProps {
  readonly hostId: string
  /** Whether its options are there, on their way, or could not be read. */
  readonly host: 'read' | 'reading' | AppError
  readonly onPick: (hostId: HostId) => void
}

/** The hosts of the workspace that can be reached now, with what memory they have left. */
export function HostPicker({ hostId, host, onPick }: HostPickerProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const workspaceId = useWorkspaceId()
  const connections = useTable('connection')
  const hosts = useTable('host')
  const picks = useMemo(() => {
    const usable = new Set(
      connections.filter((one) => one.workspaceId === workspaceId && one.freshness.state === 'live').map((one) => one.id),
    )
    return hosts
      .filter((one) => !isPlace(one) && (usable.has(one.connectionId) || one.id === hostId))
      .toSorted((a, b) => compareNames(a.name, b.name))
      .map((one) => ({
        id: one.id,
        label: one.name,
        ...(one.memoryFreeKiB !== null && { side: t('build.free', { size: format.bytes(one.memoryFreeKiB * 1_024) }) }),
      }))
  }, [connections, hosts, workspaceId, hostId, t, format])
  return (
    <Picker
      path="hostId"
      picks={picks}
      value={hostId}
      empty={t('build.no-hosts')}
      note={
        host === 'read' ? undefined : host === 'reading' ? t('build.host-reading') : <span className="bad-text">{i18n.error(host)}</span>
      }
      onPick={(id) => onPick(id as HostId)}
    />
  )
}

/** Name pattern and count; the names that come of it. */
export function NameFields({
  draft,
}: {
  readonly draft: { readonly name: string; readonly count: number | string; readonly first: number | string }
}) {
  const { t } = useI18n()
  const names = draftNames(draft)
  const counted = draft.count !== 1 || /\{n+\}/.test(draft.name)
  return (
    <>
      <TextField
        path="name"
        placeholder="web-{nn}"
        maxLength={128}
        note={counted && names.length > 0 ? <NamesLine names={names} /> : counted ? null : t('build.name-one')}
      />
      <NumberField path="count" />
      {counted && <NumberField path="first" />}
    </>
  )
}

const NAMED = 4

function NamesLine({ names }: { readonly names: readonly string[] }) {
  const { t } = useI18n()
  const shown = names.length <= NAMED ? names.join(', ') : `${names.slice(0, NAMED - 1).join(', ')} … ${names.at(-1)}`
  return <p className="form-note mono">{names.length > NAMED ? t('build.names', { names: shown, count: names.length }) : shown}</p>
}

export interface HostSectionProps {
  readonly draft: { readonly hostId: string; readonly name: string; readonly count: number | string; readonly first: number | string }
  readonly host: HostPickerProps['host']
  readonly onHost: (hostId: HostId) => void
}

export function HostSection({ draft, host, onHost }: HostSectionProps) {
  return (
    <Section id="host">
      <HostPicker hostId={draft.hostId} host={host} onPick={onHost} />
      <NameFields draft={draft} />
      <CheckField path="start" />
    </Section>
  )
}
