/** The scheme of links into the console, such as `novacron://open/machines/c1.m.42`. */
export const DEEP_LINK_SCHEME = 'novacron'

const MAX_LENGTH = 2_000

/**
 * The page's path that a link names, or null when it is none of ours. A link only ever navigates: it cannot act, name
 * another origin, or climb out of the page.
 */
export function pathOfDeepLink(link: string): string | null {
  if (link.length > MAX_LENGTH) return null
  let url: URL
  try {
    url = new URL(link)
  } catch {
    return null
  }
  if (url.protocol !== `${DEEP_LINK_SCHEME}:` || url.host !== 'open' || url.username || url.password || url.port) return null
  const path = url.pathname === '' ? '/' : url.pathname
  if (path.includes('//') || path.includes('\\') || /%(?:2e|2f|5c|00)/i.test(path)) return null
  return path + url.search
}
