import type { ComponentType } from 'react'
import type { Permission } from '../../shared/contract/index.ts'
import type { MessageKey } from './i18n/index.ts'
import type { LazyScreen } from './lazy-screen.ts'

export type FrameLayout = 'page' | 'steps' | 'plain'

/** A screen: renderer/features/<x>/index.ts exports one (or several), renderer/app/routes.tsx lists them. */
export interface FeatureDescriptor {
  readonly id: string
  /** React-router pattern, absolute: `/machines/:machineId`. */
  readonly path: string
  /** Title of the window and of the palette's entry. */
  readonly title: MessageKey
  /** Present: it stands in the app bar, by order. */
  readonly nav?: { readonly order: number }
  /** Without it the screen shows what is missing instead. */
  readonly permission: Permission
  /** `page`: beside the tree, above the task strip. `steps`: its own list of steps in the tree's place. `plain`: the app bar alone (first run, wizards). */
  readonly layout: FrameLayout
  /** The first screen comes with the page; the others with the idle moment after it. */
  readonly component: ComponentType | LazyScreen
}
