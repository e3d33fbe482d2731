/**
 * Errors of the transports. `code` is stable and says what happened, `kind` alone decides how a caller behaves,
 * `remedy` names what the user can do about it. Texts may change, codes may not.
 */
import type { ErrorKind } from '../error-kind.ts'

interface CodeEntry {
  readonly kind: ErrorKind
  /** Stable name of the remedy, for a translated text or a button. */
  readonly remedy: string
  /** The remedy in English. */
  readonly remedyText: string
}

/** Every code with its kind and remedy. */
export const TRANSPORT_ERROR_CODES = {
  'transport.cancelled': { kind: 'cancelled', remedy: 'none', remedyText: 'Cancelled on request; nothing to mend.' },
  'transport.closed': { kind: 'cancelled', remedy: 'reconnect', remedyText: 'The connection was closed on this side; open it again.' },

  'uri.invalid': {
    kind: 'invalid-input',
    remedy: 'correct-uri',
    remedyText: 'Use the form driver[+transport]://[user@][host][:port]/[path][?name=value].',
  },

  'ssh.dns-failed': {
    kind: 'unreachable',
    remedy: 'check-host-name',
    remedyText: 'Check the spelling of the host name and the name servers of this computer.',
  },
  'ssh.unreachable': {
    kind: 'unreachable',
    remedy: 'check-network',
    remedyText: 'Check that the host is switched on and that network, VPN and firewalls let this computer reach it.',
  },
  'ssh.refused': {
    kind: 'unreachable',
    remedy: 'start-sshd',
    remedyText: 'The host answers, but nothing listens on that port: start sshd there or correct the port.',
  },
  'ssh.timeout': {
    kind: 'timeout',
    remedy: 'check-network',
    remedyText: 'No answer in time: check that the host is up and that no firewall drops the packets.',
  },
  'ssh.handshake-lost': {
    kind: 'unreachable',
    remedy: 'check-sshd-limits',
    remedyText: 'The server hung up before the SSH handshake: look for MaxStartups, fail2ban, TCP wrappers or a restarting sshd.',
  },
  'ssh.not-ssh': {
    kind: 'protocol',
    remedy: 'correct-port',
    remedyText: 'Something else than an SSH server answers on that port: correct the port.',
  },
  'ssh.handshake-failed': {
    kind: 'protocol',
    remedy: 'update-sshd',
    remedyText: 'Client and server could not agree on an SSH handshake: update the SSH server or its list of algorithms.',
  },
  'ssh.auth-failed': {
    kind: 'unauthenticated',
    remedy: 'check-credentials',
    remedyText: 'Check user name, key and password, and what the server allows (AuthenticationMethods, PermitRootLogin).',
  },
  'ssh.too-many-keys': {
    kind: 'unauthenticated',
    remedy: 'choose-one-key',
    remedyText: 'The server stopped listening after too many keys: choose one key (IdentityFile with IdentitiesOnly yes).',
  },
  'ssh.key-encrypted': {
    kind: 'unauthenticated',
    remedy: 'give-passphrase',
    remedyText: 'The key is encrypted: give its passphrase or load it into the SSH agent.',
  },
  'ssh.key-passphrase-wrong': {
    kind: 'unauthenticated',
    remedy: 'correct-passphrase',
    remedyText: 'The passphrase does not open the key: enter it again.',
  },
  'ssh.key-unreadable': {
    kind: 'precondition',
    remedy: 'check-key-file',
    remedyText: 'Check that the key file exists, belongs to you (chmod 600) and holds a private key.',
  },
  'ssh.host-key-unknown': {
    kind: 'precondition',
    remedy: 'verify-fingerprint',
    remedyText: 'Compare the fingerprint with the one of the host (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) and accept it.',
  },
  'ssh.host-key-changed': {
    kind: 'conflict',
    remedy: 're-pin',
    remedyText:
      'The host shows another key than before. If it was reinstalled, compare the fingerprint on the host itself and pin the new key; else do not connect.',
  },
  'ssh.host-key-revoked': {
    kind: 'forbidden',
    remedy: 'replace-host-key',
    remedyText: 'This host key is marked as revoked: make a new one on the host, or remove the @revoked line if it is wrong.',
  },
  'ssh.known-hosts-unwritable': {
    kind: 'precondition',
    remedy: 'check-known-hosts-file',
    remedyText: 'The known-hosts file cannot be written: check its folder and permissions.',
  },
  'ssh.forwarding-forbidden': {
    kind: 'forbidden',
    remedy: 'allow-streamlocal',
    remedyText: 'Set "AllowStreamLocalForwarding yes" in sshd_config of the host, or install virt-ssh-helper (libvirt) or nc there.',
  },
  'ssh.channel-refused': {
    kind: 'forbidden',
    remedy: 'check-sshd-config',
    remedyText: 'The SSH server refused the channel: check forwarding and MaxSessions in its sshd_config.',
  },
  'ssh.connect-failed': {
    kind: 'unreachable',
    remedy: 'check-remote-port',
    remedyText: 'The SSH server could not reach that address or port.',
  },
  'ssh.exec-forbidden': {
    kind: 'forbidden',
    remedy: 'allow-commands',
    remedyText: 'The SSH server refuses to run commands for this user: check ForceCommand and the login shell.',
  },
  'ssh.exec-failed': { kind: 'remote-failure', remedy: 'read-output', remedyText: 'The command failed on the host: its output says why.' },
  'ssh.jump-failed': {
    kind: 'unreachable',
    remedy: 'check-jump-host',
    remedyText: 'The named jump host did not let us through: mend that hop first.',
  },
  'ssh.proxy-command-unsupported': {
    kind: 'unsupported',
    remedy: 'use-proxy-jump',
    remedyText: 'ProxyCommand is not supported: use ProxyJump.',
  },
  'ssh.config-unreadable': {
    kind: 'precondition',
    remedy: 'check-ssh-config',
    remedyText: 'The SSH configuration cannot be read: check the file named in the details.',
  },
  'ssh.connection-lost': {
    kind: 'unreachable',
    remedy: 'reconnect',
    remedyText: 'The link to the host broke: it is opened again as soon as the host answers.',
  },

  'libvirt.not-installed': {
    kind: 'precondition',
    remedy: 'install-libvirt',
    remedyText: 'Install libvirt on the host (libvirt-daemon-system on Debian and Ubuntu, libvirt on Fedora, RHEL and SUSE).',
  },
  // a daemon that is stopped is started again by somebody, often by an update: worth another try, and no sign of a lost network
  'libvirt.socket-missing': {
    kind: 'remote-failure',
    remedy: 'start-libvirt',
    remedyText: 'Start libvirt on the host: systemctl enable --now libvirtd.socket (or virtqemud.socket).',
  },
  'libvirt.socket-permission': {
    kind: 'forbidden',
    remedy: 'join-libvirt-group',
    remedyText: 'Let the user reach the socket: usermod -aG libvirt USER on the host, then log in again.',
  },
  'libvirt.socket-refused': {
    kind: 'remote-failure',
    remedy: 'restart-libvirt',
    remedyText: 'The socket is there but nobody answers on it: restart libvirtd (or virtqemud) on the host.',
  },

  'tls.dns-failed': {
    kind: 'unreachable',
    remedy: 'check-host-name',
    remedyText: 'Check the spelling of the host name and the name servers of this computer.',
  },
  'tls.unreachable': {
    kind: 'unreachable',
    remedy: 'check-network',
    remedyText: 'Check that the host is switched on and that network, VPN and firewalls let this computer reach port 16514.',
  },
  'tls.refused': {
    kind: 'unreachable',
    remedy: 'start-tls-socket',
    remedyText: 'Nothing listens on the TLS port: systemctl enable --now libvirtd-tls.socket (or virtproxyd-tls.socket) on the host.',
  },
  'tls.timeout': {
    kind: 'timeout',
    remedy: 'check-network',
    remedyText: 'No answer in time: check that the host is up and that no firewall drops the packets.',
  },
  'tls.not-tls': {
    kind: 'protocol',
    remedy: 'correct-port',
    remedyText: 'Something else than libvirt with TLS answers on that port: correct the port.',
  },
  'tls.certificate-unreadable': {
    kind: 'precondition',
    remedy: 'check-certificate-files',
    remedyText: 'Check the paths and permissions of CA certificate, client certificate and client key.',
  },
  'tls.server-certificate-untrusted': {
    kind: 'unauthenticated',
    remedy: 'check-ca',
    remedyText: 'The certificate of the server is not signed by the given CA, or has expired: check cacert.pem and the server certificate.',
  },
  'tls.server-name-mismatch': {
    kind: 'unauthenticated',
    remedy: 'check-server-name',
    remedyText: 'The certificate of the server is for another name: connect by a name it holds, or issue a new one.',
  },
  'tls.client-certificate-refused': {
    kind: 'unauthenticated',
    remedy: 'check-client-certificate',
    remedyText: 'The server refused the client certificate: check its CA and tls_allowed_dn_list on the host.',
  },
  'tls.handshake-failed': {
    kind: 'protocol',
    remedy: 'check-tls-settings',
    remedyText: 'The TLS handshake failed: check the TLS versions and tls_priority of both sides.',
  },
  'tls.connection-lost': {
    kind: 'unreachable',
    remedy: 'reconnect',
    remedyText: 'The link to the host broke: it is opened again as soon as the host answers.',
  },

  'transport.bug': { kind: 'bug', remedy: 'report', remedyText: 'This should not happen: please report it with the details.' },
} as const satisfies Record<string, CodeEntry>

export type TransportErrorCode = keyof typeof TRANSPORT_ERROR_CODES

/** Facts about a failure, ready to be shown or logged. Holds no secret. */
export type TransportErrorDetails = Readonly<Record<string, unknown>>

export interface TransportErrorOptions {
  readonly details?: TransportErrorDetails
  readonly cause?: unknown
  /** Overrides the kind of the table: used by `ssh.jump-failed`, which behaves as the failure of its hop. */
  readonly kind?: ErrorKind
}

/** A failed transport. Recognise it by {@link isTransportError}, not by instanceof: two copies of the library may be loaded. */
export class TransportError extends Error {
  readonly brand = 'TransportError' as const
  readonly code: TransportErrorCode
  readonly kind: ErrorKind
  readonly details: TransportErrorDetails
  /** Stable name of what the user can do. */
  readonly remedy: string
  /** The same in English. */
  readonly remedyText: string

  constructor(code: TransportErrorCode, message: string, options: TransportErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    const entry: CodeEntry = TRANSPORT_ERROR_CODES[code]
    this.name = 'TransportError'
    this.code = code
    this.kind = options.kind ?? entry.kind
    this.details = options.details ?? {}
    this.remedy = entry.remedy
    this.remedyText = entry.remedyText
  }
}

/** Whether a value is a {@link TransportError}, from this or another copy of the library. */
export function isTransportError(value: unknown): value is TransportError {
  return value instanceof Error && 'brand' in value && value.brand === 'TransportError'
}

/** Any thrown value as an Error. */
export function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value))
}

/** The `code` of a Node error (`ECONNREFUSED`, `ENOENT` …), if it has one. */
export function nodeErrorCode(value: unknown): string | undefined {
  return value instanceof Error && 'code' in value && typeof value.code === 'string' ? value.code : undefined
}
