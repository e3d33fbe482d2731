import type { ActOptions, CallOptions, DiskExport, DiskImages, DiskImport } from '../provider.ts'
import type { CloudActs } from './acts.ts'
import type { CloudApi } from './api.ts'
import type { LinkCalls } from './link-calls.ts'

/** The ways of disks into an account and out of it, each call bound to its link. */
export function imagesOf({ images }: CloudApi, calls: LinkCalls, acts: CloudActs): DiskImages {
  return { into: images?.into ? importOf(images.into, calls, acts) : null, out: images?.out ? exportOf(images.out, calls) : null }
}

function importOf(into: DiskImport, calls: LinkCalls, acts: CloudActs): DiskImport {
  const command = <T>(name: string, options: ActOptions, run: (options: ActOptions) => Promise<T>) =>
    calls.command(name, options, (signal) => run({ ...options, signal }))
  return {
    windowBytes: into.windowBytes,
    mostBytes: into.mostBytes,
    check: (placeRef, machine, disks, options) => calls.read(options, (signal) => into.check(placeRef, machine, disks, { signal })),
    begin: (placeRef, disk, token, options) => command('beginImport', options, (bound) => into.begin(placeRef, disk, token, bound)),
    begun: (placeRef, token, options) => calls.read(options, (signal) => into.begun(placeRef, token, { signal })),
    write: (handle, offset, pieces, options) =>
      calls.command('writeImport', options, (signal) =>
        into.write(handle, offset, pieces, { signal, ...(options.isAgain !== undefined && { isAgain: options.isAgain }) }),
      ),
    complete: (handle, blocks, options) => command('completeImport', options, (bound) => into.complete(handle, blocks, bound)),
    discard: (handle, options) => command('discardImport', options, (bound) => into.discard(handle, bound)),
    assemble: (placeRef, machine, token, options) =>
      command('assemble', options, async (bound) => {
        const ref = await into.assemble(placeRef, machine, token, bound)
        if (bound.signal) await acts.showMade(ref, bound.signal)
        return ref
      }),
    assembled: (placeRef, token, options) => calls.read(options, (signal) => into.assembled(placeRef, token, { signal })),
    tidy: (handle, token, options) => command('tidyImport', options, (bound) => into.tidy(handle, token, bound)),
  }
}

function exportOf(out: DiskExport, calls: LinkCalls): DiskExport {
  return {
    check: (machineRef, diskIds, options) => calls.read(options, (signal) => out.check(machineRef, diskIds, { signal })),
    begin: (machineRef, diskId, token, options) =>
      calls.command('beginExport', options, (signal) => out.begin(machineRef, diskId, token, { ...options, signal })),
    read: (handle, offset, length, options) => out.read(handle, offset, length, tied(calls, options)),
    discard: (handle, options) => calls.command('discardExport', options, (signal) => out.discard(handle, { ...options, signal })),
  }
}

/** A reading that goes on piece by piece ends with its link. */
function tied(calls: LinkCalls, { signal, ...options }: CallOptions): CallOptions {
  return { ...options, signal: signal ? AbortSignal.any([signal, calls.signal]) : calls.signal }
}
