import type { Api } from '../../../lib/api/index.ts'
import { toPageError } from '../../../lib/api/index.ts'
import type { I18n } from '../../../lib/i18n/index.ts'
import { taskVerb } from '../../../lib/task/index.ts'
import type { MenuEntry } from '../../../ui/index.ts'
import { ask, showProblem } from './pool-request.ts'
import type { PoolScene } from './pool-scene.ts'

/** What can be done to a pool, what each means, and why not. `refusal`: why nothing can be now. */
export function poolEntries(
  { pool, task }: PoolScene,
  api: Pick<Api, 'storage'>,
  i18n: I18n,
  refusal: string | undefined,
): readonly MenuEntry[] {
  const { t } = i18n
  const held = task && t('storage.pool.busy', { task: taskVerb(task, i18n) })
  const why = (own?: string | false) => refusal ?? held ?? (own || undefined)
  const begin = (run: () => Promise<unknown>) => {
    showProblem(null)
    run().catch((thrown: unknown) => showProblem({ poolId: pool.id, name: pool.name, error: toPageError(thrown, 'command') }))
  }
  const { id: poolId, active, autostart, persistent } = pool
  const off = !active && t('storage.pool.is-off')
  return [
    active
      ? {
          kind: 'item',
          id: 'stop',
          label: t('storage.pool.stop'),
          help: t('storage.pool.stop.help'),
          disabledReason: why(),
          run: () => ask('stop', poolId),
        }
      : {
          kind: 'item',
          id: 'start',
          label: t('storage.pool.start'),
          help: t('storage.pool.start.help'),
          disabledReason: why(),
          run: () => begin(() => api.storage.startPool({ poolId })),
        },
    {
      kind: 'item',
      id: 'refresh',
      label: t('storage.pool.refresh'),
      help: t('storage.pool.refresh.help'),
      disabledReason: why(off),
      run: () => begin(() => api.storage.refreshPool({ poolId })),
    },
    {
      kind: 'item',
      id: 'autostart',
      label: t(autostart ? 'storage.pool.autostart-off' : 'storage.pool.autostart-on'),
      help: t(autostart ? 'storage.pool.autostart-off.help' : 'storage.pool.autostart-on.help'),
      disabledReason: why(!persistent && t('storage.pool.transient')),
      run: () => begin(() => api.storage.setPoolAutostart({ poolId, autostart: !autostart })),
    },
    { kind: 'item', id: 'definition', label: t('storage.pool.definition'), run: () => ask('definition', poolId) },
    { kind: 'divider', id: 'divider' },
    {
      kind: 'item',
      id: 'remove',
      label: t('storage.pool.remove'),
      help: t('storage.pool.remove.help'),
      danger: true,
      disabledReason: why(),
      run: () => ask('remove', poolId),
    },
  ]
}
