/** `web-1 2026-03-04 14-05-06.cast`: a name that every file system takes. */
export function fileNameOf(name: string, atMs: number, ending: string): string {
  return `${name} ${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '-')}.${ending}`
}

/** As the browser saves files. */
export function saveFile(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  // the browser has begun to read it once the click is over
  setTimeout(() => URL.revokeObjectURL(link.href), 0)
}
