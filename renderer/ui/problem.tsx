import type { WireError } from '../../shared/errors/index.ts'
import { type I18n, useI18n } from '../lib/i18n/index.ts'
import { CommandLine } from './copy.tsx'

type Shown = Pick<WireError, 'code' | 'message' | 'details' | 'remote'>

/** Commands that mend what a remedy names, to be run on the host (or here, for keys). `user` and `keyFile` come from the error. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'join-libvirt-group': ['sudo usermod -aG libvirt {user}'],
  'start-libvirt': ['sudo systemctl enable --now libvirtd.socket'],
  'restart-libvirt': ['sudo systemctl restart libvirtd'],
  'install-libvirt': ['sudo apt install libvirt-daemon-system', 'sudo dnf install libvirt'],
  'verify-fingerprint': ['ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub'],
  're-pin': ['ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub'],
  'start-sshd': ['sudo systemctl enable --now ssh'],
  'allow-streamlocal': ['sudo sshd -T | grep -i allowstreamlocalforwarding', 'AllowStreamLocalForwarding yes'],
  'check-sshd-config': ['sudo sshd -T | grep -iE "forwarding|maxsessions"'],
  'give-passphrase': ['ssh-add {keyFile}'],
  'check-key-file': ['chmod 600 {keyFile}'],
  'start-tls-socket': ['sudo systemctl enable --now virtproxyd-tls.socket'],
}

/** Errors of libvirt itself name no remedy: the same words by their code. */
const REMEDIES: Readonly<Record<string, string>> = {
  'libvirt.authentication-failed': 'join-libvirt-group',
  'libvirt.authentication-cancelled': 'join-libvirt-group',
  'libvirt.authentication-unavailable': 'join-libvirt-group',
  'libvirt.polkit-refused': 'join-libvirt-group',
  'libvirt.socket-permission': 'join-libvirt-group',
  'libvirt.not-installed': 'install-libvirt',
  'libvirt.socket-missing': 'start-libvirt',
  'libvirt.socket-refused': 'restart-libvirt',
  'libvirt.too-old': 'update-libvirt',
  'libvirt.list-too-long': 'spread-machines',
}

function remedyOf(error: Shown): string | null {
  const named = error.details?.remedy
  if (typeof named === 'string' && named !== 'none') return named
  return REMEDIES[error.code] ?? null
}

/** What to do about it, in the chosen language; null when nothing is known. */
export function remedyText(error: Shown, i18n: I18n): string | null {
  const remedy = remedyOf(error)
  if (remedy === null) return null
  return i18n.optional(`remedy.${remedy}`) ?? (typeof error.details?.remedyText === 'string' ? error.details.remedyText : null)
}

/** The commands that mend it, with what is known filled in. */
export function remedyCommands(error: Shown, known: Readonly<Record<string, string | undefined>> = {}): readonly string[] {
  const remedy = remedyOf(error)
  return (remedy === null ? [] : (COMMANDS[remedy] ?? [])).map((command) =>
    command.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
      const own = error.details?.[name]
      return known[name] ?? (typeof own === 'string' ? own : name === 'keyFile' ? '~/.ssh/id_ed25519' : name.toUpperCase())
    }),
  )
}

export interface ProblemProps {
  readonly error: Shown
  /** What fills the gaps of the commands, such as the user's name on the host. */
  readonly known?: Readonly<Record<string, string | undefined>>
}

/** What happened, what to do, and the commands that do it. */
export function Problem({ error, known = {} }: ProblemProps) {
  const i18n = useI18n()
  const remedy = remedyText(error, i18n)
  const commands = remedyCommands(error, known)
  const { remedyText: given } = error.details ?? {}
  // The English message brings its remedy along: it stands in a line of its own.
  const wording = i18n
    .error(error)
    .replace(typeof given === 'string' ? given : '', '')
    .trim()
  return (
    <div className="problem">
      <p>{wording}</p>
      {remedy && <p className="sub">{remedy}</p>}
      {commands.map((command) => (
        <CommandLine key={command} command={command} />
      ))}
    </div>
  )
}
