import type { GuestView } from './guest-view.ts'

/** A line of a booting machine and how long after the power came it is written, in the guest's time. */
export interface BootLine {
  readonly atMs: number
  readonly text: string
}

const OK = '[\u001b[32m  OK  \u001b[0m]'

/** What the kernel keeps of a boot, as `dmesg` shows it. */
export function kernelMessages(guest: GuestView): readonly BootLine[] {
  const said: ReadonlyArray<readonly [atMs: number, text: string]> = [
    [0, `Linux version ${guest.kernel} (simulated) #1 SMP PREEMPT_DYNAMIC`],
    [0, `Command line: BOOT_IMAGE=/vmlinuz-${guest.kernel} root=/dev/vda1 ro console=tty0 console=ttyS0,115200`],
    [4, 'DMI: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.3'],
    [5, 'Hypervisor detected: KVM'],
    [21, `Memory: ${guest.memoryKiB - 96_212}K/${guest.memoryKiB}K available`],
    [148, `smpboot: CPU0: ${guest.cpuModel}`],
    [203, `smp: Brought up 1 node, ${guest.vcpus} CPU${guest.vcpus === 1 ? '' : 's'}`],
    [412, 'Serial: 8250/16550 driver, 4 ports, IRQ sharing enabled'],
    [418, '00:00: ttyS0 at I/O 0x3f8 (irq = 4, base_baud = 115200) is a 16550A'],
    ...guest.filesystems.map(({ disks, totalBytes }, index): readonly [number, string] => [
      690 + index * 7,
      `virtio_blk virtio${index + 2}: [${disks.join()}] ${(totalBytes ?? 0) / 512} 512-byte logical blocks`,
    ]),
    [905, `virtio_net virtio0 ${guest.networkInterface}: ${guest.mac}`],
    [1_240, 'EXT4-fs (vda1): mounted filesystem with ordered data mode'],
    [1_610, 'systemd[1]: Detected virtualization kvm.'],
    [1_615, `systemd[1]: Hostname set to <${guest.hostname}>.`],
  ]
  return said.map(([atMs, text]) => ({ atMs, text: `[${(atMs / 1_000).toFixed(6).padStart(12)}] ${text}` }))
}

/** A boot from the firmware to the moment before the login prompt. */
export function bootMessages(guest: GuestView): readonly BootLine[] {
  const { addresses } = guest
  return [
    { atMs: 0, text: 'SeaBIOS (version 1.16.3)' },
    { atMs: 0, text: 'Booting from Hard Disk...' },
    ...kernelMessages(guest),
    { atMs: 1_700, text: `Welcome to \u001b[1m${guest.os}\u001b[0m!` },
    { atMs: 1_900, text: `${OK} Started Journal Service.` },
    { atMs: 2_150, text: `${OK} Mounted all file systems.` },
    { atMs: 2_500, text: `${OK} Started Network Configuration.` },
    ...addresses.map((address) => ({ atMs: 2_600, text: `         ${guest.networkInterface}: ${address}` })),
    { atMs: 2_900, text: `${OK} Started OpenBSD Secure Shell server.` },
    { atMs: 3_200, text: `${OK} Reached target Multi-User System.` },
  ]
}

export const SHUTDOWN_LINES: readonly string[] = [
  `${OK} Stopped target Multi-User System.`,
  `${OK} Stopped OpenBSD Secure Shell server.`,
  `${OK} Unmounted all file systems.`,
  `${OK} Reached target System Power Off.`,
]

/** What stands above the login prompt. */
export function greetingOf(guest: GuestView): string {
  return [
    '',
    `${guest.os} ${guest.hostname} ttyS0`,
    ...guest.addresses.map((address) => `${guest.networkInterface}: ${address}`),
    'A simulated guest: any user and any password will do.',
    '',
    '',
  ].join('\r\n')
}
