import type { ProviderCapabilities } from '../../../shared/model/index.ts'

/** What Google Cloud has no call for, or this console does not use, and what to do in its place. */
export const UNSUPPORTED: ProviderCapabilities['unsupported'] = {
  reboot: {
    code: 'gcp.no-reboot',
    text: 'Google Cloud has no restart that asks the guest. Reset it, restart it from inside, or stop and start it.',
  },
  suspend: {
    code: 'gcp.no-pause',
    text: 'Google Cloud cannot pause a machine in memory. Save and stop it instead: it goes on where it was.',
  },
  resume: {
    code: 'gcp.no-pause',
    text: 'Google Cloud cannot pause a machine in memory. Save and stop it instead: it goes on where it was.',
  },
  discardSave: {
    code: 'gcp.no-discard',
    text: 'Google Cloud keeps a saved memory until the machine starts again. Start it, then stop it.',
  },
  setAutostart: {
    code: 'gcp.no-autostart',
    text: 'Machines of Google Cloud start when they are told to. A schedule of instances can do that.',
  },
  rename: {
    code: 'gcp.no-rename',
    text: 'The name is part of a machine’s address in Google Cloud. Make one with the new name from an image of it.',
  },
  addDisplay: { code: 'gcp.no-displays', text: 'Displays of Google Cloud show pictures only. Use the screenshot, or the serial console.' },
  deallocate: { code: 'gcp.stop-is-enough', text: 'In Google Cloud a machine that is stopped costs no CPU and memory. Stop it.' },
}
