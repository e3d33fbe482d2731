import type { DiskMove, Machine, NicMove, TransferPlan, TransferWayPlan } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useTable } from '../../../lib/live/index.ts'
import { DiskRows, NicRows, Rename, StepHead, useDevices } from '../../migration/index.ts'
import { SourceChoice } from './source-choice.tsx'
import type { Wish } from './wish.ts'

export interface HostPlacesProps {
  readonly machine: Machine
  readonly plan: TransferPlan
  readonly way: TransferWayPlan | null
  readonly wish: Wish
  readonly onDisk: (disk: DiskMove) => void
  readonly onNic: (nic: NicMove) => void
  readonly onChange: (change: Partial<Wish>) => void
  readonly onInvalid: (field: string, problem: string | null) => void
}

/** At a host: where each disk goes and how large it is then, on what each card hangs, its name, and what becomes of it at the source. */
export function HostPlaces({ machine, plan, way, wish, onDisk, onNic, onChange, onInvalid }: HostPlacesProps) {
  const { t } = useI18n()
  const devices = useDevices(machine)
  const { hostId, name } = plan.target
  const open = plan.spec.disks.length > 0 ? plan.spec.disks : plan.disks.map(openDisk)
  const disks = open.map((filled) => wish.disks.find(({ target }) => target === filled.target) ?? filled)
  const usual = useUsualNic(machine, hostId)
  const nics = (plan.spec.nics.length > 0 ? plan.spec.nics : usual).map(
    (filled) => wish.nics.find(({ mac }) => mac === filled.mac) ?? filled,
  )
  const sizes = useSizes(plan)
  const about = new Map(disks.map(({ target }) => [target, sizes.get(target) ?? devices.get(target) ?? '']))
  return (
    <>
      <StepHead title={t('transfer.step.places')} text={t('migrate.places.text', { target: name })} />
      <section className="migrate-part" aria-label={t('migrate.disks')}>
        <h2>{t('migrate.disks')}</h2>
        {disks.length === 0 ? (
          <p className="sub">{t('migrate.disks.none')}</p>
        ) : (
          <DiskRows disks={disks} about={about} targetHostId={hostId} onChange={onDisk} />
        )}
      </section>
      <section className="migrate-part" aria-label={t('migrate.nics')}>
        <h2>{t('migrate.nics')}</h2>
        {nics.length === 0 ? (
          <p className="sub">{t('migrate.nics.none')}</p>
        ) : (
          <NicRows nics={nics} targetHostId={hostId} onChange={onNic} />
        )}
      </section>
      <Rename machine={machine} value={wish.rename} onChange={(rename) => onChange({ rename })} onInvalid={onInvalid} />
      {way?.done === 'task' && machine.cloud === null && (
        <SourceChoice machine={machine} plan={plan} way={way} value={wish.source} onChange={(source) => onChange({ source })} />
      )}
    </>
  )
}

/** The card that a machine of a cloud is made with: its own have no address that could be kept. */
function useUsualNic({ cloud }: Machine, targetHostId: string): readonly NicMove[] {
  const networks = useTable('network').filter(({ hostId, active }) => hostId === targetHostId && active)
  const network = networks.find(({ name }) => name === 'default') ?? networks[0]
  return cloud === null || !network ? [] : [{ mac: 'eth0', on: { kind: 'network', name: network.name } }]
}

/** Of a plan that fills nothing in: what comes from a cloud can only be copied. */
function openDisk({ target }: TransferPlan['disks'][number]): DiskMove {
  return { target, how: 'copy', pool: null, volume: null }
}

/** How large each disk is, and how much of that is sent. */
function useSizes({ disks }: TransferPlan): ReadonlyMap<string, string> {
  const { t, format } = useI18n()
  return new Map(
    disks.flatMap(({ target, format: kind, capacityBytes, allocationBytes }) => {
      if (capacityBytes === null) return []
      const words = { size: format.bytes(capacityBytes), kind: kind ?? '' }
      if (allocationBytes === 0) return [[target, t('transfer.disk.empty', words)]]
      return [
        [
          target,
          allocationBytes === null ? t('transfer.disk', words) : t('transfer.disk.sent', { ...words, sent: format.bytes(allocationBytes) }),
        ],
      ]
    }),
  )
}
