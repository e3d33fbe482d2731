import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useMemo, useState } from 'react'
import type { Machine } from '../../../shared/model/index.ts'
import { toPageError, useApiQuery } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive, useMachineScene } from '../../lib/live/index.ts'
import { listPriceOf, useListPrices } from '../../lib/prices/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton } from '../../ui/index.ts'
import { type PricedMachineType, TypeChooser } from '../machine-types/index.ts'
import { offerOf } from './actions.ts'
import type { ActionDialogProps } from './dialog.ts'
import { disabledReason, planOffer } from './plan.ts'
import { useAct } from './use-act.ts'

/** Which type a machine could have, at which list price, beside the one it has. */
export function TypeDialog({ plan, ...dialog }: ActionDialogProps) {
  const machine = plan.fits[0]
  return machine ? <Chooser machineId={machine.id} known={machine} {...dialog} /> : null
}

interface ChooserProps extends Omit<ActionDialogProps, 'plan'> {
  readonly machineId: string
  readonly known: Machine
}

function Chooser({ machineId, known, onRun, onCancel }: ChooserProps) {
  const i18n = useI18n()
  const { t } = i18n
  const scene = useMachineScene(machineId)
  const machine = scene.machine ?? known
  const { types, error, isPending } = usePricedTypes(machine, scene.connection?.providerId)
  const [chosen, setChosen] = useState<string | null>(null)
  const { cloud } = machine
  const present = types.find(({ name }) => name === cloud?.type) ?? {
    name: cloud?.type ?? '–',
    vcpus: machine.vcpus,
    memoryKiB: machine.memoryKiB,
    arch: cloud?.arch ?? null,
    price: null,
  }
  const then = types.find(({ name }) => name === chosen) ?? null
  const refusal = useRefusal(machine)
  const title = t('type.title', { name: machine.name })
  const reason = refusal ?? (then === null ? t('type.choose-first') : undefined)
  return (
    <Modal isOpen variant="large" aria-label={title} onClose={onCancel} elementToFocus="#type-search input">
      <ModalHeader title={title} />
      <ModalBody className="type-dialog">
        <TypeChooser
          types={types}
          isReading={isPending}
          failed={error && i18n.error(error)}
          present={present}
          chosen={chosen}
          onChoose={setChosen}
          remark={cloud?.purchase && cloud.purchase !== 'on-demand' ? t(`price.remark.${cloud.purchase}`) : null}
        />
        <NeedsStop machine={machine} />
      </ModalBody>
      <ModalFooter>
        <ActionButton
          variant="primary"
          disabledReason={reason}
          onClick={() => {
            if (then) onRun([machine.id], { action: 'resize', type: then.name })
          }}
        >
          {then ? t('type.change-to', { type: then.name }) : t('type.change')}
        </ActionButton>
        <Button variant="secondary" onClick={onCancel}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}

/** A running machine is stopped first, as a task of its own: the dialog waits, and nothing is changed by itself afterwards. */
function NeedsStop({ machine }: { readonly machine: Machine }) {
  const i18n = useI18n()
  const { t } = i18n
  const live = useLive()
  const may = usePermissions()
  const { act, isPending } = useAct()
  const [problem, setProblem] = useState<string | null>(null)
  if (machine.state === 'stopped') return null
  const offer = offerOf('shutdownDeallocate')
  const refused = disabledReason(planOffer(offer, [machine.id], live, may), i18n)
  const stop = () => {
    if (!offer.input) return
    setProblem(null)
    act([machine.id], offer.input).catch((thrown: unknown) => setProblem(i18n.error(toPageError(thrown, 'command'))))
  }
  return (
    <div className="dialog-costs type-stop">
      <p>{machine.state === 'running' ? t('type.needs-stop', { name: machine.name }) : t('type.is-stopping', { name: machine.name })}</p>
      {machine.state === 'running' && (
        <ActionButton variant="secondary" size="sm" isLoading={isPending} disabledReason={refused} onClick={stop}>
          {t('type.stop-now')}
        </ActionButton>
      )}
      {problem && <p className="dialog-problem">{problem}</p>}
    </div>
  )
}

function useRefusal(machine: Machine): string | undefined {
  const i18n = useI18n()
  const live = useLive()
  const may = usePermissions()
  return disabledReason(planOffer({ ...offerOf('resize'), looksFirst: false }, [machine.id], live, may), i18n)
}

function usePricedTypes({ id, hostId, cloud }: Machine, providerId: string | undefined) {
  const prices = useListPrices()
  const { data, error, isPending } = useApiQuery(
    'clouds.types',
    { hostId, machineId: id },
    (api, signal) => api.clouds.types({ hostId, machineId: id }, { signal }),
    { staleMs: 0 },
  )
  const region = cloud?.region ?? ''
  const platform = cloud?.platform ?? null
  const types = useMemo(
    (): readonly PricedMachineType[] =>
      (data ?? []).map((type) => ({ ...type, price: listPriceOf(prices, { providerId, region, type: type.name, platform }) })),
    [data, prices, providerId, region, platform],
  )
  return { types, error, isPending }
}
