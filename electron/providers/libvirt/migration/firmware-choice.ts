/** In the place of a loader's path: any UEFI that the host has. */
export const CHOSEN_EFI = 'efi'

/** Where libvirt's own daemon keeps what UEFI keeps. */
export function defaultNvram(name: string): string {
  return `/var/lib/libvirt/qemu/nvram/${name}_VARS.fd`
}
