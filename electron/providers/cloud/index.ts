/** What clouds have in common: one link for all of them. Each cloud brings its own {@link CloudApi}. */
export type * from './api.ts'
export { RHYTHM } from './api.ts'
export { CallBudget } from './budget.ts'
export { type CloudCheck, runCheck } from './check.ts'
export { tagsAfter } from './goal.ts'
export { isImitation } from './imitation.ts'
export { CloudLink } from './link.ts'
export * as problems from './problems.ts'
