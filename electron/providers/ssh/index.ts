/** Logging in by SSH as the product does it, for hosts and for machines: whose keys are trusted, what is asked, what an error means. */
export { DuplexChannel } from './duplex-channel.ts'
export { type GuestWay, hostKeyAlias, openGuestShell } from './guest-shell.ts'
export { isSameKey } from './host-keys.ts'
export { Login } from './login.ts'
export { fromTransport, toSshProblem } from './problems.ts'
export { environmentOf, logIn, sshOptionsOf } from './session.ts'
