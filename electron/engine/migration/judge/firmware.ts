import { blocks, type Case, type Check, passes, sendsMemory, unknown, type Verdict, warns, wish } from './judge.ts'

/** The code has to be at the target; the settings go along with the memory, but with nothing else. */
export const firmware: Check = (one) => {
  const { out, into, targetName: target } = one
  if (out.firmware === null) return [passes('firmware-none')]
  const { loader, nvram } = out.firmware
  const params = { target, loader }
  return [
    into.hasLoader === null
      ? unknown('firmware-unknown', { params })
      : into.hasLoader
        ? passes('firmware-there', { params })
        : blocks('firmware-missing', { params }),
    ...(nvram === null || sendsMemory(one) ? [] : [settings(one, nvram)]),
  ]
}

/** Of a machine that is off: boot entries, and the keys of Secure Boot. */
function settings({ out, into, carried, targetName: target }: Case, nvram: string): Verdict {
  const params = { target, nvram }
  if (out.firmware?.hasNvram === false) return passes('nvram-none')
  if (into.paths.get(nvram)?.isShared === true) return passes('nvram-shared', { params })
  return carried?.opensFolders ? passes('nvram-goes', { params }) : warns('nvram-stays', { params })
}

/** An emulated one keeps its secrets in a file of its host, which only a running machine takes along. */
export const tpm: Check = (one) => [tpmVerdict(one)]

function tpmVerdict(one: Parameters<Check>[0]): Verdict {
  const { out, into, sourceName: source, targetName: target } = one
  if (out.tpm === null) return passes('tpm-none')
  const { model, backend } = out.tpm
  const params = { target, model }
  if (backend === 'passthrough') return blocks('tpm-passthrough', { params: { source } })
  if (into.hasTpm === false) return blocks('tpm-missing', { params })
  if (!sendsMemory(one)) {
    if (one.spec.leave?.includes('tpm')) return warns('tpm-left', { params: { source } })
    return blocks('tpm-stays', { mends: [wish('leave-tpm', { leave: [...(one.spec.leave ?? []), 'tpm'] })] })
  }
  return into.hasTpm === null ? unknown('tpm-unknown', { params }) : passes('tpm-there', { params })
}
