import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useId, useMemo, useState } from 'react'
import { toWireError } from '../../../../shared/errors/index.ts'
import {
  DRAIN_ORDERS,
  type DrainOrder,
  type DrainOrderInput,
  type Host,
  isClosedHost,
  type MachineId,
} from '../../../../shared/model/index.ts'
import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { useLive, useTable } from '../../../lib/live/index.ts'
import { ActionButton, Banner, Problem, Skeleton } from '../../../ui/index.ts'
import { type Chosen, PlanTable } from './plan-table.tsx'
import { useDrain, useDrainPlan } from './queries.ts'
import { countOf, summaryOf } from './words.ts'

const AT_ONCE = [1, 2, 3, 4, 6, 8, 12, 16]

/** Told beforehand: who goes where, how long it takes, who cannot go and why. Nothing happens before the button is pressed. */
export function DrainDialog({ host, onClose }: { readonly host: Host; readonly onClose: () => void }) {
  const i18n = useI18n()
  const { t } = i18n
  const id = useId()
  const { store } = useLive()
  const [order, setOrder] = useState<DrainOrder['order']>('smallest-first')
  const [atOnce, setAtOnce] = useState(1)
  const [others, setOthers] = useState<DrainOrder['others']>('leave')
  const [reason, setReason] = useState('')
  const [chosen, setChosen] = useState<ReadonlyMap<MachineId, Chosen>>(new Map())
  const [token] = useState(() => crypto.randomUUID())
  const wish: DrainOrderInput = {
    hostId: host.id,
    order,
    atOnce,
    others,
    chosen: [...chosen].map(([machineId, toHostId]) => ({ machineId, toHostId })),
  }
  const { data: plan, error: unread, isFetching, isPlaceholderData, refetch } = useDrainPlan(wish)
  const drain = useDrain()
  const hosts = useTable('host')
  const targets = useMemo(() => {
    const workspaceOf = (one: Host) => store.get('connection', one.connectionId)?.workspaceId
    return hosts
      .filter((one) => one.kind === 'hypervisor' && one.id !== host.id && !isClosedHost(one) && workspaceOf(one) === workspaceOf(host))
      .sort((a, b) => compareNames(a.name, b.name))
  }, [hosts, host, store])
  const going = plan ? countOf(plan, 'move') + countOf(plan, 'shut-down') : 0
  const title = t(host.maintenance ? 'maintenance.again-title' : 'maintenance.title', { host: host.name })
  const waits = !plan || isFetching || isPlaceholderData
  const error = drain.error ?? unread
  return (
    <Modal isOpen variant="large" aria-label={title} onClose={onClose} elementToFocus={`#${CSS.escape(`${id}-cancel`)}`}>
      <ModalHeader title={title} />
      <ModalBody>
        <p className="maintenance-lead">{t('maintenance.lead', { host: host.name })}</p>
        <div className="maintenance-fields">
          <label htmlFor={`${id}-order`}>
            <span>{t('maintenance.order')}</span>
            <select
              id={`${id}-order`}
              className="text-input"
              value={order}
              onChange={({ target }) => setOrder(DRAIN_ORDERS.find((one) => one === target.value) ?? order)}
            >
              {DRAIN_ORDERS.map((one) => (
                <option key={one} value={one}>
                  {t(`maintenance.order.${one}`)}
                </option>
              ))}
            </select>
          </label>
          <label htmlFor={`${id}-at-once`}>
            <span>{t('maintenance.at-once')}</span>
            <select
              id={`${id}-at-once`}
              className="text-input num"
              value={atOnce}
              onChange={({ target }) => setAtOnce(Number(target.value))}
            >
              {AT_ONCE.map((count) => (
                <option key={count} value={count}>
                  {count}
                </option>
              ))}
            </select>
          </label>
          <label htmlFor={`${id}-others`}>
            <span>{t('maintenance.others')}</span>
            <select
              id={`${id}-others`}
              className="text-input"
              value={others}
              onChange={({ target }) => setOthers(target.value === 'shut-down' ? 'shut-down' : 'leave')}
            >
              <option value="leave">{t('maintenance.others.leave')}</option>
              <option value="shut-down">{t('maintenance.others.shut-down')}</option>
            </select>
          </label>
          <label htmlFor={`${id}-reason`} className="grow">
            <span>{t('maintenance.reason')}</span>
            <input
              id={`${id}-reason`}
              className="text-input"
              value={reason}
              maxLength={1_000}
              placeholder={t('maintenance.reason-hint')}
              onChange={({ target }) => setReason(target.value)}
            />
          </label>
        </div>
        {plan ? (
          <>
            <p className="maintenance-summary" role="status">
              {summaryOf(plan, i18n)} {waits && <span className="sub">{t('maintenance.checking')}</span>}
            </p>
            {plan.items.length > 0 && (
              <div className="maintenance-plan-wrap">
                <PlanTable
                  items={plan.items}
                  targets={targets}
                  chosen={chosen}
                  onChoose={(machineId, to) => setChosen((before) => withChoice(before, machineId, to))}
                />
              </div>
            )}
          </>
        ) : (
          !error && (
            <p className="maintenance-summary" role="status">
              {t('maintenance.checking')} <Skeleton width={320} />
            </p>
          )
        )}
        {error && (
          <Banner tone="bad">
            <Problem error={toWireError(error)} />
          </Banner>
        )}
      </ModalBody>
      <ModalFooter>
        <ActionButton
          variant="primary"
          isLoading={drain.isPending}
          disabledReason={drain.isPending ? t('maintenance.beginning') : waits ? t('maintenance.wait-for-plan') : undefined}
          onClick={() => drain.mutate({ order: wish, reason, token }, { onSuccess: onClose })}
        >
          {going > 0 ? t('maintenance.begin', { count: going }) : t('maintenance.begin-empty')}
        </ActionButton>
        <ActionButton
          variant="secondary"
          disabledReason={isFetching ? t('maintenance.checking') : undefined}
          onClick={() => void refetch()}
        >
          {t('maintenance.check-again')}
        </ActionButton>
        <Button id={`${id}-cancel`} variant="secondary" onClick={onClose}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}

function withChoice(before: ReadonlyMap<MachineId, Chosen>, machineId: MachineId, to: Chosen | undefined): ReadonlyMap<MachineId, Chosen> {
  if (before.get(machineId) === to && before.has(machineId) === (to !== undefined)) return before
  const next = new Map(before)
  if (to === undefined) next.delete(machineId)
  else next.set(machineId, to)
  return next
}
