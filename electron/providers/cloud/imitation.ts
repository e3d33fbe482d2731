/**
 * Whether an account's endpoint is this computer itself: a cloud made up for a demo or a test. The addresses that it tells of its machines
 * belong to somebody else, so nobody is logged in to there.
 */
export function isImitation(endpoint: string | undefined): boolean {
  if (endpoint === undefined || !URL.canParse(endpoint)) return false
  const { hostname } = new URL(endpoint)
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}
