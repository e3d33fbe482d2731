import { IMAGE_EXTENSIONS } from '../../../../shared/model/index.ts'

/** What a file is by its name. `descriptor`: the description of a package that was not packed. */
export type FileKind = 'package' | 'disk' | 'descriptor' | 'other'

export function fileKindOf(name: string): FileKind {
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  if (extension === 'ova') return 'package'
  if (IMAGE_EXTENSIONS.includes(extension)) return 'disk'
  return extension === 'ovf' ? 'descriptor' : 'other'
}

/** What the file chooser offers first. */
export const IMPORTED_FILES = ['ova', ...IMAGE_EXTENSIONS].map((extension) => `.${extension}`).join(',')

/** A file's name without what it ends in. */
export function stemOf(name: string): string {
  return name.replace(/\.[^.]+$/, '')
}

/** The name, or the same with a number before its ending where it is taken: `web-2.ova`. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  const ending = /\.[^.]+$/.exec(name)?.[0] ?? ''
  let free = name
  for (let number = 2; taken.has(free); number++) free = `${stemOf(name)}-${number}${ending}`
  return free
}
