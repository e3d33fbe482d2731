/** Ways to reach libvirt: local unix socket, SSH and TLS. Each hands out a Node `Duplex` that speaks libvirt's RPC. */
export { abortable, type CallLimits, Deadline } from './deadline.ts'
export type { ChannelDuplex, ChannelExit } from './ssh/channel-duplex.ts'
export {
  type CheckedConnection,
  CONNECTION_CHECKS,
  type ConnectionCheck,
  type ConnectionCheckId,
  type ConnectionCheckOptions,
  runConnectionChecks,
} from './ssh/connection-checks.ts'
export { KeyCache } from './ssh/key-cache.ts'
export type { HostKeyCheck, KnownHostEntry, KnownKeyPlace } from './ssh/known-hosts.ts'
export { defaultKnownHostsFiles, type HostKeyRegistry, type KnownHostsFiles, KnownHostsStore } from './ssh/known-hosts-store.ts'
export { createSshLibvirtOpener, type SshLibvirtOpener, type SshLibvirtOptions, type SshLibvirtRoute } from './ssh/libvirt-over-ssh.ts'
export type { HostKeyQuestion, OnHostKey, OnPrompt, SecretRequest, SshPrompt, SshSecrets } from './ssh/prompts.ts'
export type { RemoteProbe, RemoteSocket } from './ssh/remote-probe.ts'
export {
  loadSshConfig,
  parseJump,
  type ResolvedSshConfig,
  resolveSshTarget,
  type SshConfig,
  type SshConfigFiles,
  type SshTargetOverrides,
} from './ssh/ssh-config.ts'
export type { ConfigProblem } from './ssh/ssh-config-parse.ts'
export { openSshSession, type SshConnectOptions, type SshStage } from './ssh/ssh-connect.ts'
export type { ExecOptions, ExecResult, HostKeyFacts, RemoteStat, ShellTerminal, SshSession } from './ssh/ssh-session.ts'
export { currentSshEnvironment, defaultIdentityFiles, type SshEnvironment, type SshTarget, targetLabel } from './ssh/ssh-target.ts'
export {
  defaultCertificatePaths,
  LIBVIRT_TLS_PORT,
  openTlsLibvirt,
  type TlsCertificatePaths,
  type TlsTarget,
  userCertificatePaths,
} from './tls.ts'
export {
  isTransportError,
  TRANSPORT_ERROR_CODES,
  TransportError,
  type TransportErrorCode,
  type TransportErrorDetails,
} from './transport-error.ts'
export { findLocalLibvirt, type LocalLibvirtOptions, localSocketPaths, openLocalLibvirt, openUnixSocket } from './unix.ts'
export { type LibvirtTransport, type LibvirtUri, parseLibvirtUri } from './uri.ts'
