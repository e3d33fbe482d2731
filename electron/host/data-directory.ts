import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where this user's console keeps its database, its known_hosts and its control socket. `NOVACRON_DATA` overrides it. */
export function defaultDataDirectory(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  if (env.NOVACRON_DATA) return env.NOVACRON_DATA
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'NovaCron')
  if (platform === 'win32') return join(env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'NovaCron')
  return join(env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'novacron')
}
