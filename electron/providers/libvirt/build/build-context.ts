import type { ActContext, Work } from '../act-context.ts'

/** What making machines needs of the link. */
export type BuilderPorts = Pick<ActContext, 'host' | 'knownDisks'>

export interface BuildContext extends BuilderPorts {
  readonly work: Work
}
