import { resolve } from 'node:path'
import { DEEP_LINK_SCHEME, pathOfDeepLink } from './deep-links.ts'

export interface ShellArguments {
  /** `--demo`, `--demo=hosts`: the demo fleet with accounts of clouds, or made-up hosts alone. */
  readonly demo: 'all' | 'hosts' | null
  /** `--data DIR`; null: the usual folder. */
  readonly dataDirectory: string | null
  /** The view a deep link names. */
  readonly path: string | null
}

/**
 * What the program was started with. Options count only before the first deep link: whatever a browser puts behind one is
 * not the person's own command line.
 */
export function shellArguments(argv: readonly string[], workingDirectory: string): ShellArguments {
  const link = argv.findIndex((argument) => argument.toLowerCase().startsWith(`${DEEP_LINK_SCHEME}:`))
  const own = link < 0 ? argv : argv.slice(0, link)
  const at = own.indexOf('--data')
  const directory = own.find((argument) => argument.startsWith('--data='))?.slice('--data='.length) ?? (at < 0 ? undefined : own[at + 1])
  return {
    demo: own.includes('--demo=hosts') ? 'hosts' : own.includes('--demo') ? 'all' : null,
    dataDirectory: directory ? resolve(workingDirectory, directory) : null,
    path: link < 0 ? null : pathOfDeepLink(argv[link] ?? ''),
  }
}
