import type { SeenSnapshot } from '../../snapshots/index.ts'

type Tree = readonly SeenSnapshot[]

/** Another one, beneath where the machine is now. */
export function added(tree: Tree, snapshot: Omit<SeenSnapshot, 'parent' | 'isCurrent'>): SeenSnapshot[] {
  const parent = tree.find(({ isCurrent }) => isCurrent)?.name ?? null
  return [...tree.map((each) => ({ ...each, isCurrent: false })), { ...snapshot, parent, isCurrent: true }]
}

export function at(tree: Tree, name: string): SeenSnapshot[] {
  return tree.map((each) => ({ ...each, isCurrent: each.name === name }))
}

/** Children hang on its parent then, and so does the machine. */
export function without(tree: Tree, name: string): SeenSnapshot[] {
  const gone = tree.find((each) => each.name === name)
  if (!gone) return [...tree]
  return tree
    .filter((each) => each !== gone)
    .map((each) => ({
      ...each,
      parent: each.parent === name ? gone.parent : each.parent,
      isCurrent: each.isCurrent || (gone.isCurrent && each.name === gone.parent),
    }))
}

export function described(tree: Tree, name: string, words: Pick<SeenSnapshot, 'description' | 'tags'>): SeenSnapshot[] {
  return tree.map((each) => (each.name === name ? { ...each, ...words } : each))
}

/** What was frozen in `top` reads the same from `base`, into which it was written. Files that went are nobody's overlays any more. */
export function merged(tree: Tree, target: string, top: string, base: string, gone: readonly string[]): SeenSnapshot[] {
  return tree.map((each) => ({
    ...each,
    disks: each.disks.map((disk) => {
      if (disk.target !== target) return disk
      const file = disk.kind === 'external' && disk.file === top && gone.includes(top) ? base : disk.file
      return { ...disk, file, overlay: disk.overlay !== null && gone.includes(disk.overlay) ? null : disk.overlay }
    }),
  }))
}
