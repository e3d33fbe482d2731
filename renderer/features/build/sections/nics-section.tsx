import { Button } from '@patternfly/react-core'
import type { BuildOptions } from '../../../../shared/model/index.ts'
import { NIC_MODELS, type NicSpec } from '../../../../shared/model/machine-spec.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { type Choice, NumberField, SelectField, TextField } from '../fields/fields.tsx'
import { useForm } from '../fields/form-context.ts'
import type { Draft } from '../model/draft.ts'
import { Section } from './section.tsx'

type NicDraft = Draft<NicSpec>
const MACVTAP_MODES = ['bridge', 'vepa', 'private', 'passthrough'] as const
const MOST = 32

export interface NicsSectionProps {
  /** Of the list in the request. */
  readonly path: string
  readonly nics: readonly NicDraft[]
  readonly options: BuildOptions
  readonly model: NicDraft['model']
  /** Their number is the original's: none is added or removed. */
  readonly fixed?: boolean
}

/** A source as one choice of a list: `network/default`, `bridge/br0`, `macvtap/eth0`. */
function keyOf(source: NicDraft['source']): string {
  return source.kind === 'network'
    ? `network/${source.network}`
    : source.kind === 'bridge'
      ? `bridge/${source.bridge}`
      : `macvtap/${source.device}`
}

function sourceOf(key: string, options: BuildOptions): NicDraft['source'] {
  const [kind = '', ...rest] = key.split('/')
  const name = rest.join('/')
  if (kind === 'bridge') return { kind, bridge: name, openVSwitch: options.bridges.find((one) => one.name === name)?.openVSwitch ?? false }
  if (kind === 'macvtap') return { kind, device: name, mode: 'bridge' }
  return { kind: 'network', network: name }
}

export function useNicChoices(options: BuildOptions): readonly Choice[] {
  const { t } = useI18n()
  return [
    ...options.networks.map((one) => ({
      id: `network/${one.name}`,
      label: t('build.nic.network', { name: one.name, kind: one.cidrs[0] ?? one.forward ?? '' }).trim(),
      reason: one.active ? null : t('build.network-off'),
    })),
    ...options.bridges.map((one) => ({
      id: `bridge/${one.name}`,
      label: t(one.openVSwitch ? 'build.nic.openvswitch' : 'build.nic.bridge', { name: one.name }),
    })),
    ...options.devices.map((name) => ({ id: `macvtap/${name}`, label: t('build.nic.macvtap', { name }) })),
  ]
}

export function NicsSection({ path, nics, options, model, fixed = false }: NicsSectionProps) {
  const { t } = useI18n()
  const { set, locked } = useForm()
  const choices = useNicChoices(options)
  const first = choices.find((choice) => !choice.reason)
  const why = locked(path)
  const setNics = (next: readonly NicDraft[]) => set(path, next)
  const withTap = nics.some((nic) => nic.source.kind === 'macvtap')
  return (
    <Section id="nics">
      {why !== null && <p className="form-note">{why}</p>}
      {nics.length > 0 && (
        <div className="build-table-wrap">
          <table className="plain-table inset build-table">
            <thead>
              <tr>
                <th>{t('build.nic')}</th>
                <th>{t('build.column.network')}</th>
                {withTap && <th>{t('build.column.tap')}</th>}
                <th>{t('build.column.model')}</th>
                <th title={t('build.help.spec.nics.vlan')}>{t('build.column.vlan')}</th>
                <th>{t('build.column.mac')}</th>
                <th>
                  <span className="visually-hidden">{t('build.remove')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {nics.map(({ source }, index) => {
                const own = `${path}.${index}`
                return (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a card has no other name than its place
                  <tr key={index}>
                    <td>{t('build.nic-number', { number: index + 1 })}</td>
                    <td>
                      <SourceCell path={`${own}.source`} source={source} choices={choices} options={options} />
                    </td>
                    {withTap && (
                      <td>
                        {source.kind === 'macvtap' ? (
                          <SelectField path={`${own}.source.mode`} bare choices={MACVTAP_MODES.map((id) => ({ id, label: id }))} />
                        ) : (
                          <span className="none">–</span>
                        )}
                      </td>
                    )}
                    <td>
                      <SelectField path={`${own}.model`} bare choices={NIC_MODELS.map((id) => ({ id, label: id }))} />
                    </td>
                    <td>
                      <NumberField path={`${own}.vlan`} bare nullable placeholder={t('build.none')} />
                    </td>
                    <td>
                      <TextField path={`${own}.mac`} bare mono placeholder={t('build.mac-chosen')} />
                    </td>
                    <td>
                      {!fixed && (
                        <Button
                          variant="link"
                          isInline
                          aria-label={t('build.remove-nic', { number: index + 1 })}
                          onClick={() => setNics(nics.filter((_nic, place) => place !== index))}
                        >
                          {t('build.remove')}
                        </Button>
                      )}
                    </td>
                  </tr>
                )
              })}
            </tbody>
          </table>
        </div>
      )}
      {nics.length === 0 && <p className="form-note">{t('build.no-nics')}</p>}
      {!fixed && (
        <Button
          variant="link"
          isInline
          isDisabled={nics.length >= MOST || !first}
          onClick={() => first && setNics([...nics, { source: sourceOf(first.id, options), vlan: null, model, mac: null }])}
        >
          {t('build.add-nic')}
        </Button>
      )}
    </Section>
  )
}

interface SourceCellProps {
  readonly path: string
  readonly source: NicDraft['source']
  readonly choices: readonly Choice[]
  readonly options: BuildOptions
}

function SourceCell({ path, source, choices, options }: SourceCellProps) {
  const { set, problem, locked } = useForm()
  const { t } = useI18n()
  const key = keyOf(source)
  const wrong = problem(path)
  return (
    <>
      <select
        id={`build-${path}`}
        className="text-input"
        aria-label={t('build.column.network')}
        aria-invalid={wrong !== null}
        value={key}
        disabled={locked(path) !== null}
        onChange={(event) => set(path, sourceOf(event.target.value, options))}
      >
        {!choices.some((choice) => choice.id === key) && <option value={key}>{key.slice(key.indexOf('/') + 1)}</option>}
        {choices.map((choice) => (
          <option key={choice.id} value={choice.id} disabled={Boolean(choice.reason)}>
            {choice.reason ? `${choice.label} – ${choice.reason}` : choice.label}
          </option>
        ))}
      </select>
      {wrong !== null && <p className="form-note bad-text">{wrong}</p>}
    </>
  )
}
