import { useParams } from 'react-router'

/**
 * The id of an object in the address, as `paths` wrote it. The router reads `%2F` in a part as a slash whatever was meant, and ids of
 * machines of clouds hold one (written so, as no id holds a slash itself).
 */
export function useIdParam(name: string): string {
  return (useParams()[name] ?? '').replaceAll('/', '%2F')
}
