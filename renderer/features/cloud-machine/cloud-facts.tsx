import './cloud-machine.css'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { type CloudFacts, isCloudId, type Machine } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive, useMachineScene } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { ActionButton, CommandLine, CopyButton, type Fact, Facts, Panel } from '../../ui/index.ts'
import { requestAction } from '../machine-actions/index.ts'
import { CostPanel } from './cost-panel.tsx'
import { sshCommand } from './ssh-command.ts'
import { useOfferReason } from './use-offer-reason.ts'

export interface CloudFactsPanelsProps {
  readonly machine: Machine
  readonly cloud: CloudFacts
  readonly gone: boolean
}

/** What a machine of a cloud is made of, in the cloud's own words, and how it is reached. Only what is known has a line. */
export function CloudFactsPanels({ machine, cloud, gone }: CloudFactsPanelsProps) {
  const { t } = useI18n()
  return (
    <>
      <OwnFacts machine={machine} cloud={cloud} gone={gone} />
      <CostPanel machine={machine} cloud={cloud} gone={gone} />
      <Reach machine={machine} cloud={cloud} />
      <Panel title={t('machine.disks')}>
        <Disks cloud={cloud} />
      </Panel>
    </>
  )
}

function OwnFacts({ machine, cloud, gone }: CloudFactsPanelsProps) {
  const { t, format } = useI18n()
  const { host } = useMachineScene(machine.id)
  const size = [
    machine.vcpus > 0 ? t('machine.vcpus', { count: machine.vcpus }) : null,
    machine.memoryKiB > 0 ? format.bytes(machine.memoryKiB * 1_024) : null,
  ].filter((part) => part !== null)
  const at = (atMs: number) => (
    <span className="num" title={format.absolute(atMs)}>
      {format.date(atMs)}
    </span>
  )
  const { image, isProtected, createdAtMs } = cloud
  const facts: readonly (Fact | null)[] = [
    { label: t('cloud.fact.id'), value: <Copyable text={cloud.id} what={t('cloud.fact.id')} mono /> },
    cloud.type === null && size.length === 0
      ? null
      : {
          label: t('cloud.fact.type'),
          value: (
            <span className="num">
              {cloud.type} <span className="sub">{size.join(', ')}</span>
            </span>
          ),
        },
    host === undefined ? null : { label: t(`place.kind.${host.kind}`), value: <Link to={paths.host(host.id)}>{host.name}</Link> },
    host?.kind === 'region' || cloud.region === '' ? null : { label: t('place.kind.region'), value: cloud.region },
    known(t('cloud.fact.zone'), cloud.zone),
    image === null
      ? null
      : { label: t('cloud.fact.image'), value: <Copyable text={image.name ?? image.id} copies={image.id} what={t('cloud.fact.image')} /> },
    known(t('column.system'), machine.os),
    known(t('machine.arch'), cloud.arch),
    isProtected === null
      ? null
      : { label: t('cloud.fact.protected'), value: <Protection machine={machine} isProtected={isProtected} gone={gone} /> },
    known(t('cloud.fact.key'), cloud.keyName),
    createdAtMs === null ? null : { label: t('cloud.fact.made'), value: at(createdAtMs) },
    machine.startedAtMs === null || machine.state !== 'running'
      ? null
      : { label: t('cloud.fact.launched'), value: at(machine.startedAtMs) },
    known(t('cloud.fact.native-state'), machine.nativeState),
  ]
  return (
    <Panel title={t('machine.facts')}>
      <Facts facts={facts.filter((fact) => fact !== null)} />
    </Panel>
  )
}

interface ProtectionProps {
  readonly machine: Machine
  readonly isProtected: boolean
  readonly gone: boolean
}

/** Whether it refuses to be deleted, and the switch. */
function Protection({ machine, isProtected, gone }: ProtectionProps) {
  const { t } = useI18n()
  const offer = isProtected ? 'protectOff' : 'protectOn'
  const [, reason] = useOfferReason(offer, machine, gone)
  return (
    <span className="with-copy">
      {t(isProtected ? 'cloud.protected' : 'cloud.not-protected')}
      <ActionButton variant="link" isInline disabledReason={reason} onClick={() => requestAction(offer, [machine.id])}>
        {t(isProtected ? 'cloud.unprotect' : 'cloud.protect')}
      </ActionButton>
    </span>
  )
}

function known(label: string, value: string | null): Fact | null {
  return value === null || value === '' ? null : { label, value }
}

/** Addresses, networks and what decides who may come in. */
function Reach({ machine, cloud }: Pick<CloudFactsPanelsProps, 'machine' | 'cloud'>) {
  const { t } = useI18n()
  const { store } = useLive()
  const { connection } = useMachineScene(machine.id)
  const networks = machine.networkIds.map((id) => store.get('network', id)?.name).filter((name) => name !== undefined)
  const inside = machine.addresses.filter((address) => !cloud.publicAddresses.includes(address))
  const providerId = connection?.providerId
  const ssh = sshCommand(machine, providerId)
  return (
    <Panel title={t('cloud.reach')}>
      <Facts
        facts={[
          {
            label: t('cloud.fact.public'),
            value: cloud.publicAddresses.length > 0 ? <Addresses of={cloud.publicAddresses} /> : t('cloud.no-public'),
          },
          ...(inside.length > 0 ? [{ label: t('cloud.fact.private'), value: <Addresses of={inside} /> }] : []),
          ...(networks.length > 0 ? [{ label: t('cloud.fact.network'), value: networks.join(', ') }] : []),
          ...(cloud.groups.length > 0
            ? [
                {
                  // Google Cloud has no groups: its rules speak of a machine by its network tags
                  label: t(connection?.providerId === 'gcp' ? 'cloud.fact.network-tags' : 'cloud.fact.groups'),
                  value: (
                    <span className="cloud-lines">
                      {cloud.groups.map(({ id, name }) => (
                        <span key={id} className="ellipsis" title={id}>
                          {name}
                        </span>
                      ))}
                    </span>
                  ),
                },
              ]
            : []),
        ]}
      />
      {ssh !== null && (
        <div className="cloud-ssh">
          <CommandLine command={ssh} />
          {/* one that is the image's own is in the command */}
          {!ssh.includes('@') && isCloudId(providerId) && <p className="form-note">{t(`console.ssh.user-of.${providerId}`)}</p>}
        </div>
      )}
    </Panel>
  )
}

function Addresses({ of }: { readonly of: readonly string[] }): ReactNode {
  return (
    <span className="cloud-lines num">
      {of.map((address) => (
        <Copyable key={address} text={address} what={address} />
      ))}
    </span>
  )
}

function Disks({ cloud }: { readonly cloud: CloudFacts }) {
  const { t, format } = useI18n()
  if (cloud.disks.length === 0) return <p className="sub">{t('cloud.no-disks')}</p>
  return (
    <table className="plain-table inset cloud-disks num">
      <thead>
        <tr>
          <th scope="col">{t('column.name')}</th>
          <th scope="col" className="end">
            {t('cloud.column.size')}
          </th>
          <th scope="col">{t('cloud.column.type')}</th>
        </tr>
      </thead>
      <tbody>
        {cloud.disks.map(({ id, name, sizeBytes, type, boot }) => (
          <tr key={id}>
            <td className="ellipsis" title={id}>
              {name} {boot && <span className="tag">{t('cloud.boot')}</span>}
            </td>
            <td className="end">{sizeBytes === null ? <span className="none">–</span> : format.bytes(sizeBytes)}</td>
            <td className="ellipsis" title={type ?? ''}>
              {type ?? <span className="none">–</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface CopyableProps {
  readonly text: string
  /** What is copied, where that is not what is shown. */
  readonly copies?: string
  readonly what: string
  readonly mono?: boolean
}

function Copyable({ text, copies = text, what, mono = false }: CopyableProps) {
  return (
    <span className="with-copy">
      <span className={`ellipsis ${mono ? 'mono' : 'num'}`} title={copies}>
        {text}
      </span>
      <CopyButton text={copies} what={what} />
    </span>
  )
}
