import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { type ReactNode, useEffect, useEffectEvent, useId, useMemo, useState } from 'react'
import { type Host, NETWORK_MODES, type Network } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { CommandNote } from './command-note.tsx'
import {
  type Draft,
  type FormProblem,
  hasSubnets,
  newDraft,
  type ProblemField,
  problemsOf,
  specOf,
  takesDevice,
  withSubnet,
} from './create-form.ts'
import { GuestPreview } from './guest-preview.tsx'
import { PortGroupRows } from './port-group-rows.tsx'
import { useHostDevices, useNetworkCommand } from './queries.ts'

export interface CreateDialogProps {
  readonly host: Host
  readonly networks: readonly Network[]
  /** It is there, and runs. */
  readonly onMade: (name: string) => void
  readonly onClose: () => void
}

/** Fields that are typed into. */
type TextField = Exclude<ProblemField, 'portGroups'>

/** A new network by what it is for: a free subnet is suggested, and what machines will get is said beside it. */
export function CreateDialog({ host, networks, onMade, onClose }: CreateDialogProps) {
  const { t } = useI18n()
  const id = useId()
  const devices = useHostDevices(host.id)
  const nodes = devices.data?.[0]?.nodes ?? []
  const surroundings = useMemo(() => {
    const ofHost = (devices.data?.[0]?.nodes ?? [])
      .filter(({ kind }) => kind !== 'nic' && kind !== 'network')
      .flatMap(({ addresses }) => addresses)
    return { names: networks.map(({ name }) => name), cidrs: [...networks.flatMap(({ cidrs }) => cidrs), ...ofHost] }
  }, [networks, devices.data])
  // until something is typed, the suggestion follows what is known of the host
  const [typed, setTyped] = useState<Draft | null>(null)
  const draft = useMemo(() => typed ?? newDraft(surroundings), [typed, surroundings])
  const [shown, setShown] = useState<ReadonlySet<ProblemField>>(new Set())
  const problems = problemsOf(draft, surroundings)
  const create = useNetworkCommand('create', (api, spec: ReturnType<typeof specOf>) => api.networks.create({ hostId: host.id, spec }))
  const set = (change: Partial<Draft>) => setTyped({ ...draft, ...change })
  const problemOf = (field: ProblemField) => (shown.has(field) ? problems.find((one) => one.field === field) : undefined)
  const visited = (field: ProblemField) => setShown((before) => new Set([...before, field]))
  const text = (field: TextField, options: { readonly mono?: boolean; readonly list?: string; readonly note?: string } = {}) => (
    <Field label={t(`network.field.${field}`)} htmlFor={`${id}-${field}`} problem={problemOf(field)} note={options.note}>
      <input
        id={`${id}-${field}`}
        className={`text-input${options.mono ? ' mono' : ''}`}
        value={draft[field]}
        list={options.list}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        aria-invalid={problemOf(field) !== undefined}
        onChange={({ target }) => (field === 'subnet' ? setTyped(withSubnet(draft, target.value)) : set({ [field]: target.value }))}
        onBlur={() => visited(field)}
      />
    </Field>
  )
  const submit = () => {
    if (problems.length > 0) {
      setShown(new Set(problems.map(({ field }) => field)))
      return
    }
    create.begin(specOf(draft))
  }
  const isMade = create.task?.state === 'succeeded'
  const made = useEffectEvent(() => onMade(draft.name.trim()))
  useEffect(() => {
    if (isMade) made()
  }, [isMade])
  const bridges = nodes.filter(({ kind, detail }) => kind === 'bridge' && (detail === 'openvswitch') === (draft.mode === 'openvswitch'))
  return (
    <Modal
      isOpen
      variant="large"
      aria-label={t('network.new-on', { host: host.name })}
      onClose={onClose}
      elementToFocus={`#${CSS.escape(`${id}-name`)}`}
    >
      <ModalHeader title={t('network.new-on', { host: host.name })} />
      <ModalBody>
        <Form
          id={id}
          className="net-form"
          onSubmit={(event) => {
            event.preventDefault()
            submit()
          }}
        >
          <div className="net-fields">
            <fieldset className="net-modes">
              <legend>{t('network.field.mode')}</legend>
              {NETWORK_MODES.map((mode) => (
                <label key={mode} className="check-line" htmlFor={`${id}-${mode}`}>
                  <input
                    id={`${id}-${mode}`}
                    type="radio"
                    name={`${id}-mode`}
                    className="check-input"
                    checked={draft.mode === mode}
                    onChange={() => set({ mode, bridge: '' })}
                  />
                  <b>{t(`network.mode.${mode}`)}</b>
                  <span className="sub">{t(`network.mode-text.${mode}`)}</span>
                </label>
              ))}
            </fieldset>
            {text('name')}
            {hasSubnets(draft.mode) ? (
              <>
                {text('subnet', { mono: true, note: t('network.note.subnet') })}
                <Field label={t('network.field.dhcp')} htmlFor={`${id}-dhcp`}>
                  <label className="check-line">
                    <input
                      id={`${id}-dhcp`}
                      type="checkbox"
                      className="check-input"
                      checked={draft.dhcp}
                      onChange={({ target }) => set({ dhcp: target.checked })}
                    />
                    <span>{t('network.field.dhcp-text')}</span>
                  </label>
                </Field>
                {draft.dhcp && (
                  <>
                    {text('start', { mono: true })}
                    {text('end', { mono: true })}
                  </>
                )}
                {takesDevice(draft.mode) && (
                  <Field label={t('network.field.device')} htmlFor={`${id}-device`} note={t('network.note.device')}>
                    <select
                      id={`${id}-device`}
                      className="text-input"
                      value={draft.device}
                      onChange={({ target }) => set({ device: target.value })}
                    >
                      <option value="">{t('network.any-device')}</option>
                      {nodes
                        .filter(({ kind }) => kind !== 'nic' && kind !== 'network')
                        .map(({ name }) => (
                          <option key={name}>{name}</option>
                        ))}
                    </select>
                  </Field>
                )}
                <details className="net-more">
                  <summary>{t('network.more')}</summary>
                  {text('subnet6', { mono: true, note: t('network.note.subnet6') })}
                  {text('domain', { note: t('network.note.domain') })}
                  {text('mtu')}
                  {text('bridge', { mono: true, note: t('network.note.own-bridge') })}
                </details>
              </>
            ) : (
              <>
                {text('bridge', {
                  mono: true,
                  list: `${id}-bridges`,
                  note: t(`network.note.${draft.mode === 'bridge' ? 'bridge' : 'ovs'}`),
                })}
                <datalist id={`${id}-bridges`}>
                  {bridges.map(({ name }) => (
                    <option key={name}>{name}</option>
                  ))}
                </datalist>
                {draft.mode === 'openvswitch' && (
                  <PortGroupRows
                    groups={draft.portGroups}
                    problem={problemOf('portGroups')}
                    onChange={(portGroups) => set({ portGroups })}
                  />
                )}
              </>
            )}
            <label className="check-line">
              <input
                type="checkbox"
                className="check-input"
                checked={draft.autostart}
                onChange={({ target }) => set({ autostart: target.checked })}
              />
              <span>{t('network.field.autostart')}</span>
            </label>
          </div>
          <GuestPreview draft={draft} />
        </Form>
        <CommandNote command={create} />
      </ModalBody>
      <ModalFooter>
        <Button variant="primary" type="submit" form={id} isLoading={create.isBusy} isDisabled={create.isBusy}>
          {t('network.create')}
        </Button>
        <Button variant="secondary" onClick={onClose}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}

interface FieldProps {
  readonly label: string
  readonly htmlFor: string
  readonly problem?: FormProblem | undefined
  readonly note?: string | undefined
  readonly children: ReactNode
}

function Field({ label, htmlFor, problem, note, children }: FieldProps) {
  const i18n = useI18n()
  return (
    <div className="field">
      <label htmlFor={htmlFor}>{label}</label>
      <div>
        {children}
        {problem ? (
          <p className="form-note bad-text" role="alert">
            {i18n.wording(`network.problem.${problem.code}`, problem.params ?? {})}
          </p>
        ) : (
          note !== undefined && <p className="form-note">{note}</p>
        )}
      </div>
    </div>
  )
}
