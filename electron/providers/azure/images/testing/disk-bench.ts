import { randomBytes } from 'node:crypto'
import type { AzureCloud } from '../../../../../e2e/lab/clouds/azure/index.ts'
import type { AzureDisk } from '../../../../../e2e/lab/clouds/azure/parts.ts'
import type { AzureWorld } from '../../../../../e2e/lab/clouds/azure/world.ts'
import type { CloudMachineSpec } from '../../../../../shared/model/index.ts'
import type { CloudLink } from '../../../cloud/index.ts'
import { Recorder } from '../../../conformance/index.ts'
import type { DiskExport, DiskImport, ImportDisk, ImportedMachine, VolumePiece } from '../../../provider.ts'
import { type AzureBench, startBench } from '../../testing/azure-bench.ts'

export const MIB = 1024 ** 2
/** The service's name of what writes pages. */
export const UPLOAD = 'PageBlob_UploadPages'
const ZEROS = Buffer.alloc(2 * MIB)
/** No divisor of anything. */
const STEP = 1_000_003

/** A loopback Azure with a console that brings disks in and out of it. */
export class DiskBench {
  link!: CloudLink
  into!: DiskImport
  out!: DiskExport
  spec!: Omit<CloudMachineSpec, 'imageId'>
  readonly #bench: AzureBench
  #count = 0

  private constructor(bench: AzureBench) {
    this.#bench = bench
  }

  static async start(): Promise<DiskBench> {
    return new DiskBench(await startBench({ machines: 6, transitionMs: 20 }))
  }

  get cloud(): AzureCloud {
    return this.#bench.cloud
  }

  get world(): AzureWorld {
    return this.cloud.world
  }

  get place(): string {
    return this.world.subscriptions[0] as string
  }

  stop(): Promise<void> {
    return this.#bench.stop()
  }

  /** For one test. */
  async open(): Promise<void> {
    this.#count += 1
    await this.connect()
    const [subnet] = await this.link.cloud.resources(this.place, 'subnet', '', {})
    const none = { groupIds: [], keyName: null, sshKey: null, user: null, tags: [], publicAddress: false, zone: null }
    this.spec = { ...none, name: `moved-${this.#count}`, type: 'Standard_B2s', subnetId: subnet?.id ?? '' }
  }

  /** A console that starts anew knows nothing of the links that the one before had. */
  async connect(): Promise<void> {
    this.link = await this.#bench.link()
    await this.link.watch(new Recorder(), {})
    const { into, out } = this.link.cloud.images
    if (!into || !out) throw new Error('Azure has both ways')
    this.into = into
    this.out = out
  }

  /** Throws when a token went where the bytes are, whatever the test was about. */
  async close(): Promise<void> {
    this.cloud.faults.clear()
    this.cloud.blobs.damaged = 0
    await this.link.close()
    if (this.cloud.leaks() > 0) throw new Error('a token of Resource Manager went to the server of the bytes')
  }

  diskOf(sizeBytes: number, over: Partial<ImportDisk> = {}): ImportDisk {
    const spot = { subnetId: this.spec.subnetId, zone: null }
    const name = `web ${this.#count} vda`
    return { target: 'vda', sizeBytes, isBoot: true, isUefi: true, isWindows: false, name, spot, ...over }
  }

  machineOf(handles: readonly string[]): ImportedMachine {
    const disks = handles.map((handle, index) => ({ handle, target: `vd${'abc'[index]}`, sizeBytes: 20 * MIB }))
    return { spec: this.spec, isUefi: true, isWindows: false, disks }
  }

  begin(token: string, over: Partial<ImportDisk> = {}): Promise<string> {
    return this.into.begin(this.place, this.diskOf(20 * MIB, over), token, {})
  }

  async send(handle: string, bytes: Buffer, isAgain = false): Promise<void> {
    const { windowBytes } = this.into
    for (let at = 0; at < bytes.length; at += windowBytes) {
      await this.into.write(handle, at, piecesOf(bytes.subarray(at, at + windowBytes)), { isAgain })
    }
  }

  /** From nothing to a disk. */
  async imported(bytes: Buffer, token: string, over: Partial<ImportDisk> = {}): Promise<string> {
    const handle = await this.begin(token, { sizeBytes: bytes.length, ...over })
    await this.send(handle, bytes)
    await this.into.complete(handle, 0, {})
    return handle
  }

  /** What became of it in the cloud. */
  diskBehind(handle: string): AzureDisk | undefined {
    const { disk } = JSON.parse(handle) as { readonly disk: string }
    return this.world.disks.get(disk)
  }

  /** Without the footer. */
  onDisk(handle: string): Buffer {
    const disk = this.diskBehind(handle)
    if (!disk) throw new Error(`no disk of ${handle}`)
    const pages = this.world.blobs.of(disk.id, 0)
    return pages.read(0, pages.sizeBytes - 512)
  }

  /** A machine of one disk with these bytes. */
  async machineWith(bytes: Buffer, token: string): Promise<{ readonly ref: string; readonly diskId: string }> {
    const handle = await this.imported(bytes, token)
    const ref = await this.into.assemble(this.place, this.machineOf([handle]), `${token}-vm`, {})
    return { ref, diskId: this.diskBehind(handle)?.id.toLowerCase() ?? '' }
  }
}

/** 20 MiB with holes, and lone bytes at the edges of pages and of what is sent at once. */
export function holed(): Buffer {
  const bytes = Buffer.alloc(20 * MIB)
  randomBytes(3 * MIB + 700).copy(bytes, 0)
  bytes[4 * MIB - 1] = 1
  randomBytes(MIB).copy(bytes, 9 * MIB + 100)
  bytes[17 * MIB] = 7
  return bytes
}

/** As a host tells of a file: pieces of odd sizes, some of its zeros as holes. */
export async function* piecesOf(bytes: Buffer): AsyncGenerator<VolumePiece> {
  for (let at = 0; at < bytes.length; at += STEP) {
    const piece = bytes.subarray(at, at + STEP)
    yield piece.equals(ZEROS.subarray(0, piece.length)) ? { zeros: piece.length } : piece
  }
}

/** Pieces as the bytes that they stand for. */
export async function joined(pieces: AsyncIterable<VolumePiece>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const piece of pieces) parts.push(piece instanceof Uint8Array ? Buffer.from(piece) : Buffer.alloc(piece.zeros))
  return Buffer.concat(parts)
}

/** Null: they are the same. A test of equality would take minutes to print how 20 MiB differ. */
export function firstDifference(a: Buffer, b: Buffer): number | null {
  if (a.equals(b)) return null
  const at = a.findIndex((byte, index) => byte !== b[index])
  return at < 0 ? a.length : at
}
