import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { Link } from 'react-router'
import { toWireError } from '../../../shared/errors/index.ts'
import type { NetworkDetail as Detail, Host, Network, NetworkEdit } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, Age, Banner, Facts, Panel, Problem, Skeleton, StateIcon, useLate } from '../../ui/index.ts'
import { BeforePanel } from './before-panel.tsx'
import { CommandNote } from './command-note.tsx'
import { Entries } from './entries.tsx'
import { LooseCards } from './loose-cards.tsx'
import { modeWord } from './mode-word.ts'
import { LeaseTable, PortTable } from './port-tables.tsx'
import { useNetworkCommand, useNetworkDetail } from './queries.ts'
import { RemoveDialog, RestartDialog, StopDialog } from './stop-dialogs.tsx'
import { SubnetTable } from './subnet-table.tsx'
import { XmlDialog, XmlView } from './xml-view.tsx'

export interface NetworkDetailProps {
  readonly network: Network
  readonly host: Host
  /** Why nothing can be changed now; undefined: it can. */
  readonly noChange: string | undefined
  readonly live: boolean
}

/** One network: what it is, what it gives, who is attached, and what can be done with it. */
export function NetworkDetail({ network, host, noChange, live }: NetworkDetailProps) {
  const i18n = useI18n()
  const { t } = i18n
  const read = useNetworkDetail(network.id, live)
  const late = useLate(read.isPending && live)
  const start = useNetworkCommand('start', (api, definition: string | null) => api.networks.start({ networkId: network.id, definition }))
  const stop = useNetworkCommand('stop', (api, evenIfUsed: boolean) => api.networks.stop({ networkId: network.id, evenIfUsed }))
  const restart = useNetworkCommand('restart', (api, evenIfUsed: boolean) => api.networks.restart({ networkId: network.id, evenIfUsed }))
  const plugIn = useNetworkCommand('plugIn', (api, macs: readonly string[] | null) =>
    api.networks.plugIn({ networkId: network.id, macs: macs && [...macs] }),
  )
  const remove = useNetworkCommand('remove', (api, _none: null) => api.networks.remove({ networkId: network.id }))
  const edit = useNetworkCommand('edit', (api, input: { edit: NetworkEdit; revision: string }) =>
    api.networks.edit({ networkId: network.id, ...input }),
  )
  const [dialog, setDialog] = useState<'stop' | 'restart' | 'remove' | 'xml' | null>(null)
  const detail = read.data
  const isBusy = [start, stop, restart, plugIn, remove, edit].some((command) => command.isBusy)
  const blocked = noChange ?? (isBusy ? t('networks.busy') : undefined)
  const noRemove = blocked ?? (detail?.noRemove ? i18n.reason(detail.noRemove) : undefined)
  const begin = (change: NetworkEdit, onBegun?: () => void) => {
    if (detail) edit.begin({ edit: change, revision: detail.revision }, onBegun)
  }
  const close = () => setDialog(null)
  return (
    <section className="net-detail" aria-label={network.name}>
      <header className="net-detail-head">
        <h2 className="ellipsis" title={network.name}>
          {network.name}
        </h2>
        <span className="state-cell">
          <StateIcon shape={network.active ? 'running' : 'stopped'} />
          {t(network.active ? 'host.active' : 'host.inactive')}
        </span>
        <span className="grow" />
        {network.active ? (
          <>
            <ActionButton
              variant="secondary"
              size="sm"
              disabledReason={blocked}
              isLoading={restart.isBusy}
              onClick={() => setDialog('restart')}
            >
              {t('network.restart-ask')}
            </ActionButton>
            <ActionButton variant="secondary" size="sm" disabledReason={blocked} isLoading={stop.isBusy} onClick={() => setDialog('stop')}>
              {t('network.stop-ask')}
            </ActionButton>
          </>
        ) : (
          <ActionButton variant="secondary" size="sm" disabledReason={blocked} isLoading={start.isBusy} onClick={() => start.begin(null)}>
            {t('network.start')}
          </ActionButton>
        )}
        <ActionButton variant="secondary" size="sm" disabledReason={noRemove} isLoading={remove.isBusy} onClick={() => setDialog('remove')}>
          {t('network.remove-ask')}
        </ActionButton>
      </header>
      <CommandNote command={start} />
      <CommandNote command={stop} />
      <CommandNote command={restart} />
      <CommandNote command={plugIn} />
      <CommandNote command={remove} />
      {dialog !== 'xml' && <CommandNote command={edit} />}
      {detail ? (
        <>
          {!live && <p className="net-note">{t('networks.not-live', { host: host.name })}</p>}
          {network.active && <LooseCards detail={detail} blocked={blocked} isBusy={plugIn.isBusy} onPlugIn={() => plugIn.begin(null)} />}
          <BeforePanel network={network} blocked={blocked} onStart={start.begin} />
          {detail.hasPending && (
            <Banner
              tone="info"
              actions={
                <ActionButton variant="link" isInline disabledReason={blocked} onClick={() => setDialog('restart')}>
                  {t('network.restart-ask')}
                </ActionButton>
              }
            >
              <b>{t('network.pending')}</b> {t('network.pending-text')}
            </Banner>
          )}
          <Panel
            title={t('machine.facts')}
            side={
              <span className="sub num">
                {read.error ? i18n.error(read.error) : null} {t('machine.read')} <Age atMs={detail.observedAtMs} ago />
              </span>
            }
          >
            <NetworkFacts detail={detail} network={network} host={host} blocked={blocked} onEdit={begin} />
          </Panel>
          {detail.subnets.length > 0 && <SubnetTable detail={detail} blocked={blocked} command={edit} onEdit={begin} />}
          {detail.subnets.length > 0 && <Entries detail={detail} blocked={blocked} command={edit} onEdit={begin} />}
          {detail.portGroups.length > 0 && <PortGroups detail={detail} />}
          <PortTable network={network} detail={detail} blocked={blocked} onPlugIn={(mac) => plugIn.begin([mac])} />
          {detail.subnets.some(({ dhcp }) => dhcp !== null) && <LeaseTable detail={detail} />}
          <Definition detail={detail} name={network.name} blocked={blocked} onEdit={() => setDialog('xml')} />
        </>
      ) : read.error ? (
        <div className="net-note bad" role="alert">
          <Problem error={toWireError(read.error)} />
          <Button variant="secondary" size="sm" onClick={() => void read.refetch()}>
            {t('offline.try-now')}
          </Button>
        </div>
      ) : !live ? (
        <p className="net-note">{t('networks.not-live', { host: host.name })}</p>
      ) : (
        late && (
          <div className="rows-waiting">
            <Skeleton width={260} />
            <Skeleton width={380} />
          </div>
        )
      )}
      {dialog === 'stop' && detail && (
        <StopDialog
          name={network.name}
          detail={detail}
          onStop={(evenIfUsed) => stop.begin(evenIfUsed, close)}
          error={stop.error}
          isBusy={stop.isBusy}
          onClose={close}
        />
      )}
      {dialog === 'restart' && detail && (
        <RestartDialog
          name={network.name}
          detail={detail}
          onRestart={(evenIfUsed) => restart.begin(evenIfUsed, close)}
          error={restart.error}
          isBusy={restart.isBusy}
          onClose={close}
        />
      )}
      {dialog === 'remove' && (
        <RemoveDialog
          name={network.name}
          isActive={network.active}
          isBusy={remove.isBusy}
          error={remove.error}
          onRemove={() => remove.begin(null, close)}
          onClose={close}
        />
      )}
      {dialog === 'xml' && detail && (
        <XmlDialog
          title={t('network.edit-xml', { name: network.name })}
          note={t(network.active ? 'network.edit-xml-active' : 'network.edit-xml-off')}
          xml={detail.keptXml ?? detail.xml}
          submit={t('network.define')}
          command={edit}
          onSubmit={(xml) => begin({ edit: 'setDefinition', xml })}
          onClose={close}
        />
      )}
    </section>
  )
}

interface FactsProps {
  readonly detail: Detail
  readonly network: Network
  readonly host: Host
  readonly blocked: string | undefined
  readonly onEdit: (edit: NetworkEdit) => void
}

function NetworkFacts({ detail, network, host, blocked, onEdit }: FactsProps) {
  const i18n = useI18n()
  const { t } = i18n
  const may = usePermissions()
  return (
    <Facts
      facts={[
        { label: t('host.network.forward'), value: modeWord(detail.mode, i18n) },
        { label: t('host.network.bridge'), value: detail.bridge && <span className="mono">{detail.bridge}</span> },
        ...(detail.domain === null ? [] : [{ label: t('network.field.domain'), value: detail.domain }]),
        ...(detail.mtu === null ? [] : [{ label: 'MTU', value: i18n.format.number(detail.mtu) }]),
        {
          label: t('network.field.autostart'),
          value:
            network.autostart === null ? null : (
              <>
                {t(network.autostart ? 'word.on' : 'word.off')}{' '}
                {may('network.write') && (
                  <ActionButton
                    variant="link"
                    isInline
                    disabledReason={blocked}
                    onClick={() => onEdit({ edit: 'setAutostart', autostart: network.autostart !== true })}
                  >
                    {t(network.autostart ? 'network.autostart-off' : 'network.autostart-on')}
                  </ActionButton>
                )}
              </>
            ),
        },
        {
          label: t('topology.way'),
          value: <Link to={paths.topology(host.id, `net:${network.nativeRef}`)}>{t('networks.show-way')}</Link>,
        },
      ]}
    />
  )
}

function PortGroups({ detail }: { readonly detail: Detail }) {
  const { t } = useI18n()
  return (
    <Panel title={t('network.port-groups')}>
      <table className="plain-table inset num">
        <thead>
          <tr>
            <th scope="col">{t('column.name')}</th>
            <th scope="col">{t('network.vlan')}</th>
          </tr>
        </thead>
        <tbody>
          {detail.portGroups.map(({ name, vlan, isDefault }) => (
            <tr key={name}>
              <td>
                {name} {isDefault && <span className="sub">{t('network.default-group')}</span>}
              </td>
              <td>{vlan ?? <span className="none">–</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

interface DefinitionProps {
  readonly detail: Detail
  readonly name: string
  readonly blocked: string | undefined
  readonly onEdit: () => void
}

/** What runs, and what is kept for the next start where that is another. */
function Definition({ detail, name, blocked, onEdit }: DefinitionProps) {
  const { t } = useI18n()
  const [version, setVersion] = useState<'running' | 'kept'>('running')
  const { xml, keptXml, hasPending } = detail
  const noEdit = blocked ?? (keptXml === null ? t('error.network.transient', { name }) : undefined)
  return (
    <Panel
      title={t('network.definition')}
      side={
        <span className="net-side">
          {hasPending && keptXml !== null && (
            <span className="segmented" role="radiogroup" aria-label={t('machine.xml-version')}>
              {(['running', 'kept'] as const).map((one) => (
                <button key={one} type="button" role="radio" aria-checked={version === one} onClick={() => setVersion(one)}>
                  {t(`network.version.${one}`)}
                </button>
              ))}
            </span>
          )}
          <ActionButton variant="link" isInline disabledReason={noEdit} onClick={onEdit}>
            {t('network.edit-xml-do')}
          </ActionButton>
        </span>
      }
    >
      <XmlView label={t('network.xml-text')} text={version === 'kept' && hasPending && keptXml !== null ? keptXml : xml} />
    </Panel>
  )
}
