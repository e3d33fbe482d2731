import { AppError } from '../../../../shared/errors/index.ts'
import type { MachineType, MigrationFinding } from '../../../../shared/model/index.ts'
import type { CloudServices, DiskExport, DiskImport, ImportDisk, ImportedMachine, VolumePiece } from '../../../providers/provider.ts'

const WINDOW_BYTES = 4_096
const BLOCK_BYTES = 1_024

interface Upload {
  readonly disk: ImportDisk
  readonly bytes: Buffer
  isComplete: boolean
  /** Told in the end, as the real ones want it. */
  blocks: number | null
}

/** An account that takes disks and gives them, in memory. Tests read it, break it and count what was asked of it. */
export class FakeCloud {
  /** By token. */
  readonly uploads = new Map<string, Upload>()
  /** By token. */
  readonly machines = new Map<string, { readonly ref: string; readonly machine: ImportedMachine }>()
  /** Disks of machines, by id. */
  readonly disks = new Map<string, Buffer>()
  /** Copies that stand still, by token. */
  readonly frozen = new Map<string, { readonly handle: string; readonly bytes: Buffer }>()
  /** What was asked for that changes something, in order. */
  readonly calls: string[] = []
  findings: MigrationFinding[] = []
  types: MachineType[] = [aType('small', 1, 1), aType('medium', 2, 4), aType('arm', 2, 4, 'arm64'), aType('large', 4, 16)]
  mostBytes = 1_000_000
  /** The next look for what was begun finds nothing. */
  isLate = false
  /** Called before each call that changes something, such as `write 0`; what it throws breaks it off. */
  before: (call: string) => void = () => {}
  /** Called after it has happened: what it throws is a reply that was lost. */
  after: (call: string) => void = () => {}
  onMade: (ref: string) => void = () => {}

  get services(): CloudServices {
    return {
      machineTypes: async () => this.types,
      images: { into: this.#into(), out: this.#out() },
    } as unknown as CloudServices
  }

  #into(): DiskImport {
    return {
      windowBytes: WINDOW_BYTES,
      mostBytes: this.mostBytes,
      check: async () => this.findings,
      begin: async (_place, disk, token) =>
        this.#call(`begin ${disk.name}`, () => {
          if (!this.uploads.has(token)) {
            this.uploads.set(token, { disk, bytes: Buffer.alloc(disk.sizeBytes), isComplete: false, blocks: null })
          }
          return token
        }),
      begun: async (_place, token) => {
        const { isLate } = this
        this.isLate = false
        return !isLate && this.uploads.has(token) ? token : null
      },
      write: async (handle, offset, pieces, { isAgain }) => {
        if (offset % WINDOW_BYTES !== 0) throw new Error('no window begins there')
        this.#begin(`write ${offset}${isAgain ? ' again' : ''}`)
        const { bytes } = this.#upload(handle)
        let at = offset
        for await (const piece of pieces) at += put(bytes, at, piece, isAgain === true)
        if (at - offset > WINDOW_BYTES) throw new Error('longer than a window')
        this.after(`write ${offset}`)
        return blocksOf(bytes.subarray(offset, at))
      },
      complete: async (handle, blocks) =>
        this.#call('complete', () => {
          const upload = this.#upload(handle)
          upload.isComplete = true
          upload.blocks = blocks
        }),
      discard: async (handle) => this.#call('discard', () => void this.uploads.delete(handle)),
      assemble: async (_place, machine, token) =>
        this.#call(`assemble ${machine.spec.name}`, () => {
          if (!machine.disks.every(({ handle }) => this.#upload(handle).isComplete)) throw new Error('not whole')
          const known = this.machines.get(token)
          if (known) return known.ref
          const ref = `north/i-${this.machines.size + 1}`
          this.machines.set(token, { ref, machine })
          this.onMade(ref)
          return ref
        }),
      assembled: async (_place, token) => this.machines.get(token)?.ref ?? null,
      tidy: async (handle) => this.#call('tidy', () => void this.uploads.delete(handle)),
    }
  }

  #out(): DiskExport {
    const { frozen, disks } = this
    return {
      check: async () => this.findings,
      begin: async (_machine, diskId, token) =>
        this.#call(`freeze ${diskId}`, () => {
          const made = () => ({ handle: `${token}#${this.calls.length}`, bytes: Buffer.from(disks.get(diskId) ?? []) })
          const stood = frozen.get(token) ?? made()
          frozen.set(token, stood)
          return { handle: stood.handle, sizeBytes: stood.bytes.length }
        }),
      read: async function* (handle, offset, length): AsyncGenerator<VolumePiece> {
        const { bytes } = [...frozen.values()].find((one) => one.handle === handle) ?? {}
        if (!bytes) throw new AppError({ kind: 'not-found', code: 'cloud.gone', message: 'Gone.' })
        const end = Math.min(offset + length, bytes.length)
        for (let at = offset; at < end; at += 3_000) {
          const piece = bytes.subarray(at, Math.min(at + 3_000, end))
          yield piece.every((byte) => byte === 0) ? { zeros: piece.length } : piece
        }
      },
      discard: async (handle) =>
        this.#call('thaw', () => {
          for (const [token, one] of frozen) if (one.handle === handle) frozen.delete(token)
        }),
    }
  }

  #begin(call: string): void {
    this.before(call)
    this.calls.push(call)
  }

  #call<T>(call: string, run: () => T): T {
    this.#begin(call)
    const answer = run()
    this.after(call)
    return answer
  }

  #upload(handle: string): Upload {
    const upload = this.uploads.get(handle)
    if (upload) return upload
    throw new AppError({ kind: 'not-found', code: 'cloud.gone', message: 'There is no such disk any more.' })
  }
}

export function aType(name: string, vcpus: number, memoryGib: number, arch = 'x86_64'): MachineType {
  return { name, vcpus, memoryKiB: memoryGib * 1_048_576, arch, family: null, gpus: 0, reason: null }
}

/** Zeros are written only over what may be there. */
function put(bytes: Buffer, at: number, piece: VolumePiece, isAgain: boolean): number {
  if (piece instanceof Uint8Array) {
    bytes.set(piece, at)
    return piece.length
  }
  if (isAgain) bytes.fill(0, at, at + piece.zeros)
  return piece.zeros
}

export function blocksOf(bytes: Buffer): number {
  let blocks = 0
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) if (bytes.subarray(at, at + BLOCK_BYTES).some((byte) => byte !== 0)) blocks += 1
  return blocks
}
