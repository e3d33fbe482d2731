/** How a client may prove itself. SASL is not spoken. */
export type AuthMethod = 'none' | 'polkit'

/** What a daemon may be able to do (VIR_DRV_FEATURE_…). */
export const FEATURES = {
  'migration-v2': 3,
  'migration-p2p': 4,
  'migration-direct': 5,
  'migration-v3': 6,
  'migration-change-protection': 7,
  'typed-param-string': 9,
  keepalive: 10,
  'xml-migratable': 11,
  'migration-offline': 12,
  'migration-params': 13,
  'event-callbacks': 14,
  'close-callback': 15,
  /** Takes the arguments of networkUpdate in the order of its protocol; daemons before 7.2 have command and section swapped. */
  'network-update-order': 16,
} as const
export type Feature = keyof typeof FEATURES

/** A libvirt version. */
export interface LibvirtVersion {
  readonly major: number
  readonly minor: number
  readonly release: number
  /** `9.0.0` */
  readonly text: string
}

/** What is known of the daemon once the connection is open. */
export interface ConnectionFacts {
  readonly uri: string
  readonly readOnly: boolean
  readonly version: LibvirtVersion
  readonly auth: AuthMethod
  readonly features: ReadonlySet<Feature>
}
