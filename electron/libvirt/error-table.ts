/**
 * The closed list of error kinds. The kind alone decides what a caller does: retry, ask, probe, or show.
 * `indeterminate` means that the request left and no answer came: probe the object, never repeat blindly.
 */
export type ErrorKind =
  | 'cancelled'
  | 'invalid-input'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'precondition'
  | 'unsupported'
  | 'exhausted'
  | 'unreachable'
  | 'timeout'
  | 'indeterminate'
  | 'rate-limited'
  | 'protocol'
  | 'remote-failure'
  | 'bug'

/** virErrorNumber → kind and the stable part of the code after `libvirt.`. Codes never change; numbers come from libvirt's virterror.h. */
export const ERROR_TABLE: Readonly<Record<number, readonly [kind: ErrorKind, code: string]>> = {
  0: ['remote-failure', 'unspecified'],
  1: ['remote-failure', 'internal-error'],
  2: ['exhausted', 'no-memory'],
  3: ['unsupported', 'no-support'],
  4: ['unreachable', 'unknown-host'],
  5: ['precondition', 'no-connect'],
  6: ['precondition', 'invalid-connection'],
  7: ['invalid-input', 'invalid-domain'],
  8: ['invalid-input', 'invalid-argument'],
  9: ['remote-failure', 'operation-failed'],
  10: ['remote-failure', 'get-failed'],
  11: ['remote-failure', 'post-failed'],
  12: ['remote-failure', 'http-error'],
  13: ['remote-failure', 'sexpr-serial'],
  14: ['unsupported', 'no-xen'],
  15: ['remote-failure', 'xen-call'],
  16: ['invalid-input', 'os-type'],
  17: ['invalid-input', 'no-kernel'],
  18: ['invalid-input', 'no-root'],
  19: ['invalid-input', 'no-source'],
  20: ['invalid-input', 'no-target'],
  21: ['invalid-input', 'no-name'],
  22: ['invalid-input', 'no-os'],
  23: ['invalid-input', 'no-device'],
  24: ['unsupported', 'no-xenstore'],
  25: ['exhausted', 'driver-full'],
  26: ['remote-failure', 'call-failed'],
  27: ['invalid-input', 'xml-error'],
  28: ['conflict', 'domain-exists'],
  29: ['forbidden', 'operation-denied'],
  30: ['remote-failure', 'open-failed'],
  31: ['remote-failure', 'read-failed'],
  32: ['remote-failure', 'parse-failed'],
  33: ['remote-failure', 'config-syntax'],
  34: ['remote-failure', 'write-failed'],
  35: ['invalid-input', 'xml-detail'],
  36: ['invalid-input', 'invalid-network'],
  37: ['conflict', 'network-exists'],
  38: ['remote-failure', 'system-error'],
  39: ['remote-failure', 'rpc-error'],
  40: ['remote-failure', 'tls-error'],
  41: ['remote-failure', 'no-network-start'],
  42: ['not-found', 'domain-not-found'],
  43: ['not-found', 'network-not-found'],
  44: ['invalid-input', 'invalid-mac'],
  45: ['unauthenticated', 'authentication-failed'],
  46: ['invalid-input', 'invalid-storage-pool'],
  47: ['invalid-input', 'invalid-storage-volume'],
  48: ['remote-failure', 'no-storage-start'],
  49: ['not-found', 'storage-pool-not-found'],
  50: ['not-found', 'storage-volume-not-found'],
  51: ['remote-failure', 'no-node-device-start'],
  52: ['invalid-input', 'invalid-node-device'],
  53: ['not-found', 'node-device-not-found'],
  54: ['not-found', 'security-model-not-found'],
  55: ['precondition', 'operation-invalid'],
  56: ['remote-failure', 'no-interface-start'],
  57: ['not-found', 'interface-not-found'],
  58: ['invalid-input', 'invalid-interface'],
  59: ['conflict', 'multiple-interfaces'],
  60: ['remote-failure', 'no-nwfilter-start'],
  61: ['invalid-input', 'invalid-nwfilter'],
  62: ['not-found', 'nwfilter-not-found'],
  63: ['remote-failure', 'build-firewall'],
  64: ['remote-failure', 'no-secret-start'],
  65: ['invalid-input', 'invalid-secret'],
  66: ['not-found', 'secret-not-found'],
  67: ['unsupported', 'config-unsupported'],
  68: ['timeout', 'operation-timeout'],
  69: ['remote-failure', 'migrate-persist-failed'],
  70: ['remote-failure', 'hook-script-failed'],
  71: ['invalid-input', 'invalid-snapshot'],
  72: ['not-found', 'snapshot-not-found'],
  73: ['invalid-input', 'invalid-stream'],
  74: ['unsupported', 'argument-unsupported'],
  75: ['remote-failure', 'storage-probe-failed'],
  76: ['conflict', 'storage-pool-built'],
  77: ['precondition', 'snapshot-revert-risky'],
  78: ['cancelled', 'operation-aborted'],
  79: ['unauthenticated', 'authentication-cancelled'],
  80: ['not-found', 'metadata-not-found'],
  81: ['precondition', 'migration-unsafe'],
  82: ['exhausted', 'overflow'],
  83: ['conflict', 'block-copy-active'],
  84: ['unsupported', 'operation-unsupported'],
  85: ['remote-failure', 'ssh-error'],
  86: ['precondition', 'agent-unresponsive'],
  87: ['conflict', 'resource-busy'],
  88: ['forbidden', 'access-denied'],
  89: ['remote-failure', 'dbus-error'],
  90: ['conflict', 'storage-volume-exists'],
  91: ['precondition', 'cpu-incompatible'],
  92: ['invalid-input', 'xml-invalid-schema'],
  93: ['precondition', 'migration-finished'],
  94: ['unauthenticated', 'authentication-unavailable'],
  95: ['not-found', 'server-not-found'],
  96: ['not-found', 'client-not-found'],
  97: ['remote-failure', 'agent-unsynced'],
  98: ['remote-failure', 'libssh-error'],
  99: ['not-found', 'device-missing'],
  100: ['invalid-input', 'invalid-nwfilter-binding'],
  101: ['not-found', 'nwfilter-binding-not-found'],
  102: ['invalid-input', 'invalid-checkpoint'],
  103: ['not-found', 'checkpoint-not-found'],
  104: ['not-found', 'backup-not-found'],
  105: ['invalid-input', 'invalid-network-port'],
  106: ['conflict', 'network-port-exists'],
  107: ['not-found', 'network-port-not-found'],
  108: ['not-found', 'hostname-not-found'],
  109: ['precondition', 'checkpoint-inconsistent'],
  110: ['conflict', 'multiple-domains'],
}

/** For numbers that this table does not know (a newer daemon). */
export const UNKNOWN_ERROR = ['remote-failure', 'unknown-error'] as const
