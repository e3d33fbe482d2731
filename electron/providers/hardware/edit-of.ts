import type { HardwareEdit } from '../../../shared/model/index.ts'

export type EditOf<E extends HardwareEdit['edit']> = Extract<HardwareEdit, { edit: E }>

/** One of a machine's definitions. */
export type Which = 'running' | 'kept'
