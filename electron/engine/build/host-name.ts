const MOST = 63

/**
 * The host name that comes next to a machine's name: `Web Server_01` becomes `web-server-01`. Null: nothing of it can stand in one.
 * Letters, digits and hyphens, at most 63 [RFC 1123 2.1, RFC 1035 2.3.4].
 */
export function hostNameOf(machineName: string): string | null {
  const plain = machineName
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MOST)
    .replaceAll(/^-+|-+$/g, '')
  return plain === '' ? null : plain
}
