import { type ActProgress, type CloudServices, OUTCOME_NOTE } from '../provider.ts'
import type { CloudActs } from './acts.ts'
import type { CloudApi } from './api.ts'
import { imagesOf } from './images.ts'
import type { LinkCalls } from './link-calls.ts'

/** The services of an account, each call bound to its link. */
export function servicesOf(api: CloudApi, calls: LinkCalls, acts: CloudActs): CloudServices {
  return {
    budget: () => api.budget.view(),
    permissions: (options) => calls.read(options, (signal) => api.permissions({ signal })),
    machineTypes: (placeRef, machineRef, options) => calls.read(options, (signal) => api.machineTypes(placeRef, machineRef, { signal })),
    resources: (placeRef, kind, search, options) => calls.read(options, (signal) => api.resources(placeRef, kind, search, { signal })),
    serialOutput: (machineRef, options) => calls.read(options, (signal) => api.serialOutput(machineRef, { signal })),
    screenshot: (machineRef, options) => calls.read(options, (signal) => api.screenshot(machineRef, { signal })),
    runCommand: (machineRef, script, options) =>
      calls.command('runCommand', options, (signal) => api.runCommand(machineRef, script, { signal })),
    create: (placeRef, spec, token, options) =>
      calls.command('create', options, async (signal) => {
        let outcome: ActProgress | null = null
        const onProgress = (progress: ActProgress) => {
          if (progress.note?.startsWith(OUTCOME_NOTE)) outcome = progress
          options.onProgress?.(progress)
        }
        const ref = await api.create(placeRef, spec, token, { ...options, signal, onProgress })
        onProgress({ note: 'waiting-for-cloud' })
        await acts.showMade(ref, signal)
        // the last word stays with the task
        if (outcome) onProgress(outcome)
        return ref
      }),
    created: (placeRef, token, options) => calls.read(options, (signal) => api.created(placeRef, token, { signal })),
    images: imagesOf(api, calls, acts),
  }
}
