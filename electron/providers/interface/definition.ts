import type { z } from 'zod'
import type { CheckMessage, CloudPolicy } from '../../../shared/model/index.ts'
import type { CallOptions, ConnectOptions, ProviderPorts, Secrets } from './calls.ts'
import type { ProviderConnection } from './connection.ts'

export interface SecretField {
  readonly name: string
  readonly label: string
  readonly multiline: boolean
}

/** What a discovery found on this computer, without contacting anything. */
export interface Candidate {
  readonly source: 'ssh-config' | 'local-libvirt'
  readonly name: string
  readonly address: string
  readonly config: Readonly<Record<string, z.core.util.JSONType>>
}

export interface ProviderDefinition<Config = unknown> {
  readonly id: string
  readonly label: string
  /** The form of "add connection" comes from it: use `.meta({ title, description })`. Never holds a secret. */
  readonly configSchema: z.ZodType<Config>
  readonly secretFields: readonly SecretField[]
  /**
   * The fields of the configuration that say whom the secrets are shown to. Secrets kept for one target are never used for another: when
   * one of these changes, they have to be given again.
   */
  readonly targetFields: readonly string[]
  /** `user@host:port` or the like. */
  address(config: Config): string
  connect(config: Config, secrets: Secrets, ports: ProviderPorts, options: ConnectOptions): Promise<ProviderConnection>
  /** The live check list of the wizard. Ends with `done`. */
  check(config: Config, secrets: Secrets, ports: ProviderPorts, options: ConnectOptions): AsyncIterable<CheckMessage>
  /** Writes a host key that a person confirmed to this console's own known_hosts. */
  acceptHostKey?(
    key: { readonly host: string; readonly port: number; readonly keyType: string; readonly fingerprint: string },
    replace: boolean,
    config: Config,
    ports: ProviderPorts,
    options: CallOptions,
  ): Promise<void>
  /** Of a cloud: the least an account must be allowed for this configuration, to copy. Contacts nobody. */
  policies?(config: Config): Promise<readonly CloudPolicy[]>
  discover?(ports: ProviderPorts): Promise<readonly Candidate[]>
  /** The far side is this computer itself: its failure says nothing about the network. Absent: never. */
  isLocal?(config: Config): boolean
  /** The connections it has in a demo workspace: of made-up hosts, or to clouds that run on this computer. */
  demo?(options: DemoOptions): ReadonlyArray<{ readonly name: string; readonly config: Readonly<Record<string, z.core.util.JSONType>> }>
}

export interface DemoOptions {
  /** Accounts of clouds as well; their machines come on top. */
  readonly clouds: boolean
  readonly hosts: number
  readonly machines: number
  readonly seed: number
}

/** Checks the shape at compile time and erases the configuration's type, so that a registry can hold any. */
export function defineProvider<Config>(definition: ProviderDefinition<Config>): ProviderDefinition {
  return definition
}
