/** How qemu calls the disk images that a file's name speaks of. Anything else has to say by itself what it is. */
const FORMATS: Readonly<Record<string, string>> = {
  raw: 'raw',
  img: 'raw',
  qcow2: 'qcow2',
  vmdk: 'vmdk',
  vdi: 'vdi',
  vhdx: 'vhdx',
  vhd: 'vpc',
}

/** The extensions of disk images, without their dot. */
export const IMAGE_EXTENSIONS: readonly string[] = Object.keys(FORMATS)

/** The format that a file's name speaks of; null: the image tells. */
export function imageFormatOf(fileName: string): string | null {
  const [, extension] = /\.([^.]+)$/.exec(fileName) ?? []
  return (extension === undefined ? undefined : FORMATS[extension.toLowerCase()]) ?? null
}
