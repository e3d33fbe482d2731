import { blocks, type Check, passes, sendsMemory, unknown, type Verdict, warns } from './judge.ts'

/** The code has to be at the target; the settings go along with the memory, but with nothing else. */
export const firmware: Check = (one) => {
  const { out, into, targetName: target } = one
  if (out.firmware === null) return [passes('firmware-none')]
  const { loader, nvram } = out.firmware
  const params = { target, loader }
  const stays = nvram !== null && !sendsMemory(one) && into.paths.get(nvram)?.exists !== true
  return [
    into.hasLoader === null
      ? unknown('firmware-unknown', { params })
      : into.hasLoader
        ? passes('firmware-there', { params })
        : blocks('firmware-missing', { params }),
    ...(stays ? [warns('nvram-stays', { params: { target, nvram } })] : []),
  ]
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
  if (!sendsMemory(one)) return blocks('tpm-stays')
  return into.hasTpm === null ? unknown('tpm-unknown', { params }) : passes('tpm-there', { params })
}
