import type { CloudInit, UnknownKey } from '../../../shared/model/index.ts'
import { cloudInitFiles } from './cloud-init.ts'
import { isoImage } from './iso9660.ts'

/** The label by which cloud-init's NoCloud finds a seed; it takes `cidata`, too, which ISO 9660 does not allow. */
const SEED_LABEL = 'CIDATA'

export interface SeedOptions {
  /** cloud-init does its work once for each; the machine's UUID. */
  readonly instanceId: string
  /** When it is made, in milliseconds since 1970. */
  readonly timeMs: number
}

export interface Seed {
  /** An ISO 9660 image: the machine gets it as a CD or as a disk, read-only. */
  readonly image: Uint8Array
  readonly unknownKeys: readonly UnknownKey[]
}

/**
 * The seed image of a new machine; about 60 kB.
 * @throws AppError invalid-input `build.bad-user-data`
 */
export function seedImage(description: CloudInit, options: SeedOptions): Seed {
  const { userData, metaData, networkConfig, unknownKeys } = cloudInitFiles(description, options.instanceId)
  const texts = [
    ['user-data', userData],
    ['meta-data', metaData],
    ...(networkConfig === undefined ? [] : [['network-config', networkConfig] as const]),
  ] as const
  const files = texts.map(([name, text]) => ({ name, data: new TextEncoder().encode(text) }))
  return { image: isoImage(files, { volumeLabel: SEED_LABEL, timeMs: options.timeMs }), unknownKeys }
}
