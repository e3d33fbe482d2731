/** How the agent is installed and started, by the family of the guest's system; null: not by one command. */
export interface AgentCommand {
  readonly system: string
  readonly command: string | null
}

const COMMANDS: ReadonlyArray<AgentCommand & { readonly families: readonly string[] }> = [
  {
    system: 'Debian, Ubuntu',
    families: ['debian', 'ubuntu', 'mint'],
    command: 'sudo apt install -y qemu-guest-agent && sudo systemctl enable --now qemu-guest-agent',
  },
  {
    system: 'Fedora, RHEL, Rocky, Alma',
    families: ['fedora', 'red hat', 'rhel', 'rocky', 'alma', 'centos', 'oracle'],
    command: 'sudo dnf install -y qemu-guest-agent && sudo systemctl enable --now qemu-guest-agent',
  },
  {
    system: 'openSUSE, SLES',
    families: ['suse', 'sles'],
    command: 'sudo zypper install -y qemu-guest-agent && sudo systemctl enable --now qemu-guest-agent',
  },
  {
    system: 'Arch',
    families: ['arch'],
    command: 'sudo pacman -S --noconfirm qemu-guest-agent && sudo systemctl enable --now qemu-guest-agent',
  },
  {
    system: 'Alpine',
    families: ['alpine'],
    command: 'sudo apk add qemu-guest-agent && sudo rc-update add qemu-guest-agent && sudo rc-service qemu-guest-agent start',
  },
  { system: 'FreeBSD', families: ['freebsd'], command: 'sudo pkg install -y qemu-guest-agent && sudo service qemu-guest-agent onestart' },
  { system: 'Windows', families: ['windows'], command: null },
]

/** The way for this system; all ways when it is not known which it is. */
export function agentCommands(os: string | null): readonly AgentCommand[] {
  const name = os?.toLowerCase() ?? ''
  const found = COMMANDS.filter(({ families }) => families.some((family) => name.includes(family)))
  return found.length > 0 ? found : COMMANDS
}
