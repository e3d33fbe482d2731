/** In the place of a loader's path: any UEFI that the host has. */
export const CHOSEN_EFI = 'efi'
