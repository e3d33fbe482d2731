import './transfer.css'
import { useMemo } from 'react'
import { useSearchParams } from 'react-router'
import {
  type Host,
  type HostId,
  type Machine,
  TRANSFER_SOURCES,
  type TransferSource,
  transferSpecSchema,
} from '../../../shared/model/index.ts'
import { useApiQuery } from '../../lib/api/index.ts'
import { compareNames, useI18n } from '../../lib/i18n/index.ts'
import { useIdParam } from '../../lib/id-param.ts'
import { useEntity, useTable } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { EmptyState, PageHead, Problem, Skeleton, useLate } from '../../ui/index.ts'
import { WayPanel } from './way-panel.tsx'

/** A machine that is off on its way to another world: where to, and each way there told before anything moves. */
export function TransferPage() {
  const { t } = useI18n()
  const machine = useEntity('machine', useIdParam('machineId'))
  if (!machine) return <EmptyState title={t('transfer.gone')}>{t('transfer.gone-text')}</EmptyState>
  return <OfMachine key={machine.id} machine={machine} />
}

function OfMachine({ machine }: { readonly machine: Machine }) {
  const { t } = useI18n()
  const hosts = useTargets(machine)
  const [params, setParams] = useSearchParams()
  const target = hosts.find(({ id }) => id === params.get('to')) ?? hosts[0]
  const here = useEntity('connection', machine.connectionId)
  const there = useEntity('connection', target?.connectionId ?? '')
  // what becomes of it here is asked only where the console itself carries it
  const isSameKind = machine.cloud === null && here?.providerId === there?.providerId
  const source = TRANSFER_SOURCES.find((one) => one === params.get('source')) ?? 'keep'
  const set = (name: string, value: string) =>
    setParams((before) => new URLSearchParams([...[...before].filter(([key]) => key !== name), [name, value]]), { replace: true })
  return (
    <>
      <PageHead title={t('transfer.title')} crumbs={[{ label: machine.name, path: paths.machine(machine.id) }]} />
      {target ? (
        <div className="transfer">
          <div className="transfer-wish">
            <label>
              <span>{t('transfer.to')}</span>
              <select className="text-input" value={target.id} onChange={(event) => set('to', event.target.value)}>
                {hosts.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
            {isSameKind && (
              <label>
                <span>{t('transfer.source')}</span>
                <select className="text-input" value={source} onChange={(event) => set('source', event.target.value)}>
                  {TRANSFER_SOURCES.map((one) => (
                    <option key={one} value={one}>
                      {t(`transfer.source.${one}`)}
                    </option>
                  ))}
                </select>
              </label>
            )}
          </div>
          <Ways key={`${target.id} ${source}`} machine={machine} targetHostId={target.id} source={source} />
        </div>
      ) : (
        <EmptyState title={t('transfer.nowhere')}>{t('transfer.nowhere-text')}</EmptyState>
      )}
    </>
  )
}

interface WaysProps {
  readonly machine: Machine
  readonly targetHostId: HostId
  readonly source: TransferSource
}

function Ways({ machine, targetHostId, source }: WaysProps) {
  const { t } = useI18n()
  const spec = useMemo(() => transferSpecSchema.parse({ machineId: machine.id, targetHostId, source }), [machine.id, targetHostId, source])
  // the state is part of what is judged: another one and it is looked at anew
  const {
    data: plan,
    error,
    isPending,
  } = useApiQuery('transfers.plan', { spec, state: machine.state }, (api, signal) => api.transfers.plan({ spec }, { signal }), {
    staleMs: 0,
  })
  const isLate = useLate(isPending)
  if (error) return <Problem error={error} />
  if (!plan) return isLate ? <Skeleton width="60%" /> : null
  return (
    <>
      {plan.ways.map((way) => (
        <WayPanel key={way.way} plan={plan} way={way} />
      ))}
      {plan.ways.length === 0 && <p className="sub">{t('transfer.no-way')}</p>}
    </>
  )
}

/** Every other host and cloud of the workspace. */
function useTargets(machine: Machine): readonly Host[] {
  const connections = useTable('connection')
  const hosts = useTable('host')
  return useMemo(() => {
    const workspaceId = connections.find(({ id }) => id === machine.connectionId)?.workspaceId
    const own = new Set(connections.filter((one) => one.workspaceId === workspaceId).map(({ id }) => id))
    return hosts
      .filter(({ id, connectionId }) => id !== machine.hostId && own.has(connectionId))
      .sort((a, b) => compareNames(a.name, b.name))
  }, [connections, hosts, machine.connectionId, machine.hostId])
}
