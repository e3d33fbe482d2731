export const MACHINE_NAME_MAX = 128

/** web → web-2 → web-3: the next name to try. An ending such as .qcow2 stays where it is. */
export function withSuffix(name: string, maxLength: number): string {
  const [, stem = name, number, ending = ''] = /^(.+?)(?:-(\d{1,3}))?(\.[a-z0-9]{1,5})?$/.exec(name) ?? []
  const rest = `-${number === undefined ? 2 : Number(number) + 1}${ending}`
  return `${stem.slice(0, maxLength - rest.length)}${rest}`
}
