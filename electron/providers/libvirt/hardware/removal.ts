import { constants as c } from '../../../libvirt/index.ts'
import { at, attributeOf, parseXml, type XmlElement } from '../../../xml/index.ts'
import { change } from '../act-context.ts'
import { keyedDevices } from './device-keys.ts'
import { deviceXml } from './device-text.ts'
import { type HardwareContext, readDefinitions, readWithSecrets } from './hardware-context.ts'
import { guestHolds, guestRefuses } from './hardware-problems.ts'

/** How long a guest is given to let go of a device, once libvirt has asked it. */
const LET_GO_MS = 20_000

type Answer = 'removed' | 'refused' | 'silent'

/**
 * Takes a device out of a running machine and returns when the guest has let go of it. Throws `timeout` hardware.guest-holds, `precondition`
 * hardware.guest-refuses.
 */
export async function unplug(context: HardwareContext, key: string): Promise<void> {
  const { dom, signals } = context
  // with what stands in it that nobody is shown: libvirt compares
  const xml = await readWithSecrets(context, 0)
  const found = find(xml, key)
  if (!found) return
  const alias = attributeOf(at(found.element, 'alias'), 'name')
  await signals.watchDomains()
  const listening = listen(context, alias)
  try {
    await change(context, 'domainDetachDeviceFlags', { dom, xml: deviceXml(xml, found.index), flags: c.VIR_DOMAIN_AFFECT_LIVE })
    // told before we could listen for it, or by a libvirt that waited for the guest itself
    if (await isGone(context, key)) return
    const answer = await listening.answer()
    if (answer === 'refused') throw guestRefuses(dom.name, key)
    if (answer === 'silent' && !(await isGone(context, key))) throw guestHolds(dom.name, key)
  } finally {
    listening.stop()
  }
}

function find(xml: string, key: string): { readonly element: XmlElement; readonly index: number } | undefined {
  return keyedDevices(at(parseXml(xml), 'devices')).find((device) => device.key === key)
}

async function isGone(context: HardwareContext, key: string): Promise<boolean> {
  const { runningXml } = await readDefinitions(context)
  return runningXml === null || find(runningXml, key) === undefined
}

/** What the guest says of a device from now on. */
function listen({ signals, dom, clock, work }: HardwareContext, alias: string | null) {
  let tell: (answer: Answer) => void = () => {}
  const told = new Promise<Answer>((resolve) => {
    tell = resolve
  })
  const unlisten = signals.listen(({ name, event }) => {
    if (name !== 'domain.device-removed' && name !== 'domain.device-removal-failed') return
    if (event.dom.uuid !== dom.uuid || (alias !== null && event.devAlias !== alias)) return
    tell(name === 'domain.device-removed' ? 'removed' : 'refused')
  })
  let stop = unlisten
  return {
    async answer(): Promise<Answer> {
      const cancel = clock.after(LET_GO_MS, () => tell('silent'))
      const aborted = () => tell('silent')
      work.signal.addEventListener('abort', aborted, { once: true })
      stop = () => {
        unlisten()
        cancel()
        work.signal.removeEventListener('abort', aborted)
      }
      const answer = await told
      work.signal.throwIfAborted()
      return answer
    },
    stop: () => stop(),
  }
}
