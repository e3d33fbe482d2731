import { AppError } from '../../../../shared/errors/index.ts'
import { constants as c, getAllDomainStats } from '../../../libvirt/index.ts'
import { change, within } from '../act-context.ts'
import { isUnsupported } from '../problems.ts'
import type { MachineContext } from './migration-context.ts'

const LOOK_MS = 250
const MIB = 1_048_576

/** Bytes of memory that the guest writes in a second, as QEMU samples its pages. Null: this host cannot tell. */
export async function dirtyRateOf(context: MachineContext, seconds: number): Promise<number | null> {
  const { host, dom, clock, work } = context
  try {
    await change(context, 'domainStartDirtyRateCalc', { dom, seconds, flags: c.VIR_DOMAIN_DIRTYRATE_MODE_PAGE_SAMPLING })
  } catch (error) {
    if (isUnsupported(error)) return null
    throw error
  }
  for (;;) {
    const [stats] = await getAllDomainStats(host, { ...within(context), groups: ['dirtyrate'], domains: [dom] })
    if (stats?.number('dirtyrate.calc_status') === c.VIR_DOMAIN_DIRTYRATE_MEASURED) {
      const rate = stats.number('dirtyrate.megabytes_per_second')
      return rate === undefined ? null : rate * MIB
    }
    await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve))
    if (work.signal.aborted) throw new AppError({ kind: 'cancelled', code: 'cancelled', message: 'Cancelled.' })
  }
}
