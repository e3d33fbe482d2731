import type { Reason, VolumeAbilities } from '../../../../shared/model/index.ts'
import { type HostShell, runsNothing } from '../host-shell.ts'
import { READABLE_FORMATS } from './image-info.ts'

export const NO_SHELL: Reason = {
  code: 'volume.no-shell',
  text: 'This connection runs no programs on the host. Connect the host by SSH for that.',
}
export const NO_DOWNLOADER: Reason = {
  code: 'volume.no-downloader',
  text: 'This host has neither curl nor wget. Install one of them there.',
}
const NO_CONVERTER: Reason = { code: 'volume.no-converter', text: 'This host has no qemu-img. Install qemu-utils (or qemu-img) there.' }

const LOOK =
  'for name in curl wget qemu-img; do command -v $name >/dev/null && echo has $name; done; qemu-img --help 2>/dev/null | grep "^Supported formats:"; exit 0'

/** What programs of the host there are to do it with. */
export async function readAbilities(shell: HostShell | null, signal: AbortSignal): Promise<VolumeAbilities> {
  if (!shell) return { fetch: NO_SHELL, convert: NO_SHELL, formats: [] }
  try {
    const { stdout } = await shell.run(['sh', '-c', LOOK], { signal })
    const has = (name: string) => stdout.includes(`has ${name}\n`)
    const known = new Set(/^Supported formats: (.*)$/m.exec(stdout)?.[1]?.split(' '))
    return {
      fetch: has('curl') || has('wget') ? null : NO_DOWNLOADER,
      convert: has('qemu-img') ? null : NO_CONVERTER,
      formats: READABLE_FORMATS.filter((format) => known.has(format)),
    }
  } catch (thrown) {
    if (runsNothing(thrown)) return { fetch: NO_SHELL, convert: NO_SHELL, formats: [] }
    throw thrown
  }
}
