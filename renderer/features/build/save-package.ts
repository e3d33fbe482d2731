import type { Api } from '../../lib/api/index.ts'

/** Where the engine gives a channel's bytes as a file: once, within half a minute. */
export function downloadPath({ token, fileName, sizeBytes }: Awaited<ReturnType<Api['ova']['download']>>): string {
  return `/download/${token}/${encodeURIComponent(fileName)}?size=${sizeBytes}`
}

/** Has the browser save a package that waits. Throws what the engine says against it. */
export async function savePackage(api: Pick<Api, 'ova'>, exportId: string): Promise<void> {
  const link = document.createElement('a')
  link.href = downloadPath(await api.ova.download({ exportId }))
  link.download = ''
  link.click()
}
