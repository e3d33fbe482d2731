import { constants as c } from '../../../libvirt/index.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { change, within } from '../volumes/volume-context.ts'
import type { SnapshotContext } from './snapshot-context.ts'

/**
 * libvirt moves blocks of a running machine alone. For one that is off its hypervisor is started, standing still, so that nothing in the guest
 * runs, and ended afterwards. It belongs to this connection: libvirt ends it as soon as the console or the way to it is gone.
 */
export async function whileActive<T>(context: SnapshotContext, run: () => Promise<T>): Promise<T> {
  const { host, dom } = context
  const { active } = await host.call('domainIsActive', { dom }, within(context))
  if (active !== 0) return await run()
  const flags = c.VIR_DOMAIN_START_PAUSED | c.VIR_DOMAIN_START_AUTODESTROY
  await change(context, 'domainCreateWithFlags', { dom, flags })
  try {
    return await run()
  } finally {
    await endStill(context)
  }
}

/** Also when nobody waits for it any more; one that has ended by itself is no failure. */
export async function endStill({ host, dom, log }: SnapshotContext): Promise<void> {
  await host.call('domainDestroyFlags', { dom, flags: 0 }, { idempotent: true }).catch((error: unknown) => {
    if (libvirtNumber(error) !== VIR_ERR.operationInvalid) log.warn('a machine that stands still was not ended', { name: dom.name, error })
  })
}
