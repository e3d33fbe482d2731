import type { VolumePlace } from '../../../../shared/model/index.ts'
import type { ConversionSource } from '../../provider.ts'
import type { HostShell } from '../host-shell.ts'
import { type ImageFile, imageArgument, inspectImage } from './image-info.ts'
import { beginDraft, dropDraft, nameDraft, throwIfFull } from './pool-folder.ts'
import { conditionOf } from './unfinished.ts'
import { activePool, findVolume, type VolumeContext } from './volume-context.ts'
import { convertFailed, formatUnknown, volumeUnfinished } from './volume-problems.ts'

/** What can be made, and how. */
const TARGETS: Readonly<Record<string, readonly string[]>> = {
  raw: [],
  qcow2: ['-o', 'compat=1.1'],
  vmdk: ['-o', 'subformat=streamOptimized'],
}

/** Has the host turn an image into another, to a draft beside where it shall be. */
export async function convertVolume(context: VolumeContext, shell: HostShell, place: VolumePlace, source: ConversionSource): Promise<void> {
  const { signal } = context.work
  const target = TARGETS[source.format]
  if (!target) throw formatUnknown(source.format)
  const image: ImageFile = { path: await pathOf(context, source.from), range: source.range }
  const draft = await beginDraft(context, shell, place)
  const info = await inspectImage(shell, image, source, signal)
  try {
    const bytesTotal = info['virtual-size']
    const onOutput = (text: string) => {
      const fraction = progressOf(text)
      if (fraction !== null) context.progress({ note: 'converting', fraction, bytesDone: Math.round(fraction * bytesTotal), bytesTotal })
    }
    const argument = imageArgument(image, source.sourceFormat ?? info.format)
    // an image that a machine writes into is locked; what is kept inside under a name does not change
    const inside = source.snapshot === undefined ? [] : ['-U', '-l', `snapshot.name=${source.snapshot.replaceAll(',', ',,')}`]
    const argv = ['qemu-img', 'convert', '-p', ...inside, '-O', source.format, ...target, '--', argument, draft.path]
    const result = await shell.run(argv, { signal, onOutput, draft: draft.path })
    if (result.code !== 0) {
      await throwIfFull(context, draft, result)
      throw convertFailed(image.path, { program: 'qemu-img', exitCode: result.code, message: result.stderr.trim() })
    }
    await nameDraft(context, shell, draft)
    context.touchPools()
  } catch (thrown) {
    await dropDraft(shell, draft).catch((error: unknown) => context.log.warn('a draft is left', { path: draft.path, error }))
    signal.throwIfAborted()
    throw thrown
  }
}

async function pathOf(context: VolumeContext, from: ConversionSource['from']): Promise<string> {
  if ('path' in from) return from.path
  const { vol, facts } = await findVolume(context, from)
  if ((await conditionOf(context, await activePool(context, from.pool), vol)) !== 'whole') throw volumeUnfinished(from)
  return facts.path
}

/** `    (12.50/100%)`, again and again over the same line. */
export function progressOf(text: string): number | null {
  const percents = [...text.matchAll(/\((\d{1,3}(?:\.\d+)?)\/100%\)/g)]
  const last = percents.at(-1)?.[1]
  return last === undefined ? null : Number(last) / 100
}
