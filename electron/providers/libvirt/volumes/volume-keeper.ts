import type { Volume, VolumeAbilities, VolumePlace } from '../../../../shared/model/index.ts'
import type {
  ActOptions,
  CallOptions,
  ConversionSource,
  VolumeBytes,
  VolumeKeeper,
  VolumeRequest,
  VolumeState,
  VolumeWriter,
} from '../../provider.ts'
import type { Work } from '../act-context.ts'
import type { HostShell } from '../host-shell.ts'
import { NO_SHELL, readAbilities } from './abilities.ts'
import type { PoolLook, VolumeContext, VolumePorts } from './volume-context.ts'
import { convertVolume } from './volume-convert.ts'
import { createVolume } from './volume-create.ts'
import { fetchVolume } from './volume-fetch.ts'
import { listVolumes, oneVolume } from './volume-list.ts'
import { explainedVolume, unable } from './volume-problems.ts'
import { removeVolume, resizeVolume } from './volume-remove.ts'
import { openDownload, openUpload, stateOf } from './volume-streams.ts'

/** One piece of work on the link: see `Link`. `command` names a change, whose lost answer is indeterminate. */
export type CallOnLink = <T>(command: string | null, options: CallOptions, run: (work: Work) => Promise<T>) => Promise<T>

/** The volumes of one libvirt host. */
export class LibvirtVolumes implements VolumeKeeper {
  readonly #ports: VolumePorts
  readonly #call: CallOnLink
  readonly #looks = new Map<string, PoolLook>()
  readonly #copies = new Set<string>()

  constructor(ports: VolumePorts, call: CallOnLink) {
    this.#ports = ports
    this.#call = call
  }

  abilities(_hostRef: string, options: CallOptions): Promise<VolumeAbilities> {
    return this.#call(null, options, ({ signal }) => readAbilities(this.#ports.shell, signal))
  }

  list(_hostRef: string, pool: string, options: CallOptions): Promise<readonly Volume[]> {
    return this.#do(null, { pool, volume: '' }, options, (context) => listVolumes(context, pool))
  }

  find(_hostRef: string, place: VolumePlace, options: CallOptions): Promise<(Volume & { readonly isWhole: boolean }) | null> {
    return this.#do(null, place, options, (context) => oneVolume(context, place))
  }

  create(_hostRef: string, place: VolumePlace, request: VolumeRequest, options: ActOptions): Promise<void> {
    return this.#do('volume.create', place, options, (context) => createVolume(context, place, request))
  }

  resize(_hostRef: string, place: VolumePlace, capacityBytes: number, options: ActOptions): Promise<void> {
    return this.#do('volume.resize', place, options, (context) => resizeVolume(context, place, capacityBytes))
  }

  remove(_hostRef: string, place: VolumePlace, options: ActOptions): Promise<void> {
    return this.#do('volume.remove', place, options, (context) => removeVolume(context, place))
  }

  upload(_hostRef: string, place: VolumePlace, offset: number, length: number, options: CallOptions): Promise<VolumeWriter> {
    return this.#do(null, place, options, (context) => openUpload(context, place, offset, length))
  }

  state(_hostRef: string, place: VolumePlace, options: CallOptions): Promise<VolumeState> {
    return this.#do(null, place, options, (context) => stateOf(context, place))
  }

  download(_hostRef: string, place: VolumePlace, offset: number, options: CallOptions): Promise<VolumeBytes> {
    return this.#do(null, place, options, (context) => openDownload(context, place, offset))
  }

  fetch(
    _hostRef: string,
    place: VolumePlace,
    source: { readonly url: string; readonly sha256: string | null },
    options: ActOptions,
  ): Promise<void> {
    return this.#do('volume.fetch', place, options, (context) => fetchVolume(context, this.#shell(), place, source))
  }

  convert(_hostRef: string, place: VolumePlace, source: ConversionSource, options: ActOptions): Promise<void> {
    return this.#do('volume.convert', place, options, (context) => convertVolume(context, this.#shell(), place, source))
  }

  #shell(): HostShell {
    const { shell } = this.#ports
    if (shell) return shell
    throw unable(NO_SHELL)
  }

  #do<T>(command: string | null, place: VolumePlace, options: ActOptions, run: (context: VolumeContext) => Promise<T>): Promise<T> {
    return this.#call(command, options, async (work) => {
      const progress: VolumeContext['progress'] = (value) => {
        if (!work.signal.aborted) options.onProgress?.(value)
      }
      try {
        return await run({ ...this.#ports, work, progress, looks: this.#looks, copies: this.#copies })
      } catch (error) {
        throw explainedVolume(error, place)
      }
    })
  }
}
