export { TypeChooser } from './type-chooser.tsx'
export type { ComparedType } from './type-comparison.tsx'
export type { PricedMachineType } from './type-list.ts'
