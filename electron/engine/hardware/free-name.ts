import { volumeNameSchema } from '../../../shared/model/index.ts'

/** What a volume of a machine is called that nobody has named: `web-1.qcow2`, the first that is free. */
export function freeVolumeName(machine: string, format: string, taken: ReadonlySet<string>): string {
  const ending = format === 'raw' ? 'img' : format
  const base = volumeNameSchema.safeParse(machine).success ? machine : 'disk'
  for (let number = 1; ; number += 1) {
    const name = `${base}-${number}.${ending}`
    if (!taken.has(name)) return name
  }
}
