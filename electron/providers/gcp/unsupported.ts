import type { ProviderCapabilities } from '../../../shared/model/index.ts'

const reason = (code: string, text: string) => ({ code, text })

/** What Google Cloud has no call for, or this console does not use, and what to do in its place. */
export const UNSUPPORTED: ProviderCapabilities['unsupported'] = {
  reboot: reason(
    'gcp.no-reboot',
    'Google Cloud has no restart that asks the guest. Reset it, restart it from inside, or stop and start it.',
  ),
  suspend: reason('gcp.no-pause', 'Google Cloud cannot pause a machine in memory. Save and stop it instead: it goes on where it was.'),
  resume: reason('gcp.no-pause', 'Google Cloud cannot pause a machine in memory. Save and stop it instead: it goes on where it was.'),
  discardSave: reason('gcp.no-discard', 'Google Cloud keeps a saved memory until the machine starts again. Start it, then stop it.'),
  setAutostart: reason('gcp.no-autostart', 'Machines of Google Cloud start when they are told to. A schedule of instances can do that.'),
  rename: reason(
    'gcp.no-rename',
    'The name is part of a machine’s address in Google Cloud. Make one with the new name from an image of it.',
  ),
  addDisplay: reason('gcp.no-displays', 'Displays of Google Cloud show pictures only. Use the screenshot, or the serial console.'),
  deallocate: reason('gcp.stop-is-enough', 'In Google Cloud a machine that is stopped costs no CPU and memory. Stop it.'),
}
