import type { PoolId } from '../../../../shared/model/index.ts'
import type { Api } from '../../../lib/api/index.ts'

/** Has the browser save a volume as it lies on the host. Throws what the engine says against it. */
export async function saveVolume(api: Pick<Api, 'volumes'>, poolId: PoolId, name: string): Promise<void> {
  const { token } = await api.volumes.download({ poolId, name })
  const link = document.createElement('a')
  link.href = `/download/${token}/${encodeURIComponent(name)}`
  link.download = ''
  link.click()
}
