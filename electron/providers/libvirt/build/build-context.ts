import type { ActContext, Work } from '../act-context.ts'

/** What making machines needs of the link. */
export interface BuilderPorts extends Pick<ActContext, 'host' | 'knownDisks'> {
  /** Card address → name of its machine, from the watch; undefined before there is one. */
  readonly knownMacs: () => ReadonlyMap<string, string> | undefined
}

export interface BuildContext extends BuilderPorts {
  readonly work: Work
}
