/** The numbers that a list of the kernel's names (`0-3,8,^2`): what is excluded counts from the front on. */
export function idsOf(list: string): readonly number[] {
  const ids = new Set<number>()
  for (const part of list.split(',')) {
    const [, not = '', first = '0', last = first] = /^(\^?)(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? []
    for (let id = Number(first); id <= Number(last); id += 1) {
      if (not === '^') ids.delete(id)
      else ids.add(id)
    }
  }
  return [...ids].toSorted((a, b) => a - b)
}
