import { hardwareReason, type Reason } from '../../../shared/model/index.ts'

export function nextStartOnly({ name }: { readonly name: string }): Reason {
  return hardwareReason('hardware.next-start-only', { name })
}

export function noSuchDevice(device: string): Reason {
  return hardwareReason('hardware.no-such-device', { device })
}
