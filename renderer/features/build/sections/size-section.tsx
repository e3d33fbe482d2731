import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import type { AppError } from '../../../../shared/errors/index.ts'
import type { BuildOptions, HostId } from '../../../../shared/model/index.ts'
import { toPageError, useApi } from '../../../lib/api/index.ts'
import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { useTable } from '../../../lib/live/index.ts'
import { useWorkspaceId } from '../../../lib/session/index.ts'
import { ActionButton, Problem } from '../../../ui/index.ts'
import { NumberField, SelectField } from '../fields/fields.tsx'
import { useField } from '../fields/form-context.ts'
import { Picker } from '../fields/picker.tsx'
import { withValue } from '../model/at-path.ts'
import type { SpecDraft } from '../model/draft.ts'
import { Section, type SectionProps } from './section.tsx'

export function SizeSection({ form, options, change }: SectionProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { cpu } = form.draft.spec
  const setCpu = (next: Partial<SpecDraft['cpu']>) =>
    change((before) => withValue(before, 'draft.spec.cpu', { ...before.draft.spec.cpu, ...next }))
  const features = cpu.features.length
  return (
    <Section id="size">
      <NumberField
        path="spec.cpu.vcpus"
        note={options.hostCpus === null ? undefined : t('build.host-cpus', { count: options.hostCpus, host: options.hostName })}
      />
      <NumberField
        path="spec.memoryMiB"
        scale={1_024}
        unit="GiB"
        note={
          options.hostMemoryFreeMiB === null
            ? undefined
            : t('build.host-memory', { free: format.bytes(options.hostMemoryFreeMiB * 1_048_576), host: options.hostName })
        }
      />
      <SelectField
        path="spec.cpu.mode"
        choices={options.cpuModes.map(({ id, reason }) => ({
          id,
          label: t(`build.cpu.${id}`),
          reason: reason && i18n.reason(reason),
        }))}
        note={t(`build.cpu.${cpu.mode}.help`)}
      />
      {cpu.mode === 'custom' && (
        <>
          <Picker
            path="spec.cpu.model"
            picks={options.cpuModels.map((id) => ({
              id,
              label: id,
              ...(id === options.hostCpuModel && { side: t('build.cpu-of-host') }),
            }))}
            value={cpu.model ?? ''}
            empty={t('build.no-models')}
            note={features > 0 ? t('build.cpu-features', { count: features }) : undefined}
            onPick={(model) => setCpu({ model, features: [] })}
          />
          <CommonCpu
            hostId={form.draft.hostId}
            options={options}
            onFound={({ model, features: found }) => setCpu({ features: found, ...(model && { model }) })}
          />
        </>
      )}
      <div className="field">
        <span className="field-label" />
        <label className="check-line">
          <input
            type="checkbox"
            className="check-input"
            checked={cpu.topology !== null}
            onChange={(event) => setCpu({ topology: event.target.checked ? { sockets: 1, cores: cpu.vcpus, threads: 1 } : null })}
          />
          <span>{t('build.topology')}</span>
        </label>
      </div>
      {cpu.topology !== null && (
        <>
          <NumberField path="spec.cpu.topology.sockets" />
          <NumberField path="spec.cpu.topology.cores" />
          <NumberField path="spec.cpu.topology.threads" />
          <TopologyNote />
        </>
      )}
    </Section>
  )
}

function TopologyNote() {
  const { t } = useI18n()
  const { problem } = useField('spec.cpu.topology')
  return <p className={`form-note build-indent${problem === null ? '' : ' bad-text'}`}>{problem ?? t('build.topology-note')}</p>
}

interface CommonCpuProps {
  readonly hostId: HostId
  readonly options: BuildOptions
  readonly onFound: (cpu: { readonly model?: string | undefined; readonly features: SpecDraft['cpu']['features'] }) => void
}

/** The processor that this host and chosen others can all give. */
function CommonCpu({ hostId, options, onFound }: CommonCpuProps) {
  const { t } = useI18n()
  const api = useApi()
  const workspaceId = useWorkspaceId()
  const connections = useTable('connection')
  const hosts = useTable('host')
  const [open, setOpen] = useState(false)
  const [chosen, setChosen] = useState<ReadonlySet<HostId>>(new Set())
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const [found, setFound] = useState<string | null>(null)
  const own = new Set(connections.filter((one) => one.workspaceId === workspaceId && one.freshness.state === 'live').map((one) => one.id))
  const others = hosts.filter((host) => host.id !== hostId && own.has(host.connectionId)).toSorted((a, b) => compareNames(a.name, b.name))

  async function ask() {
    setPending(true)
    setError(null)
    setFound(null)
    try {
      const answer = await api.build.commonCpu({ hostIds: [hostId, ...chosen] })
      onFound(answer)
      setFound(answer.model ?? '')
    } catch (thrown) {
      setError(toPageError(thrown))
    } finally {
      setPending(false)
    }
  }

  return (
    <div className="field">
      <span className="field-label" />
      <div>
        <Button variant="link" isInline aria-expanded={open} onClick={() => setOpen(!open)}>
          {t('build.common')}
        </Button>
        {open && (
          <fieldset className="build-hosts">
            <legend className="form-note">{t('build.common.help', { host: options.hostName })}</legend>
            <div className="build-host-list">
              {others.map((host) => (
                <label key={host.id} className="check-line">
                  <input
                    type="checkbox"
                    className="check-input"
                    checked={chosen.has(host.id)}
                    onChange={(event) => {
                      const next = new Set(chosen)
                      if (event.target.checked) next.add(host.id)
                      else next.delete(host.id)
                      setChosen(next)
                    }}
                  />
                  <span className="ellipsis">
                    {host.name} <span className="sub">{host.cpuModel}</span>
                  </span>
                </label>
              ))}
              {others.length === 0 && <p className="form-note">{t('build.common.none')}</p>}
            </div>
            <div className="build-row">
              <ActionButton
                variant="secondary"
                size="sm"
                disabledReason={chosen.size === 0 ? t('build.common.choose') : pending ? t('build.pending') : undefined}
                isLoading={pending}
                onClick={() => void ask()}
              >
                {t('build.common.do')}
              </ActionButton>
              <span className="sub" role="status">
                {found !== null && t('build.common.found', { model: found })}
              </span>
            </div>
            {error && <Problem error={error} />}
          </fieldset>
        )}
      </div>
    </div>
  )
}
