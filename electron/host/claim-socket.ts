import { randomBytes } from 'node:crypto'
import { chmod, link, rename, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'

/** Names tried: each crash leaves one behind until the next start. */
const PLACES = 16

/**
 * Listens at `path` or, while crashed ones left their names there, at one beside it; null when another process has it. Of
 * several that start at once exactly one gets it: a server listens under a name of its own, closed to others from the first
 * moment, and is then linked to the first free place, which fails when that is taken. Nobody removes a name that somebody may
 * hold: only whoever has won clears away the dead ones, and whoever took such a freed place sees the winner alive and withdraws.
 */
export async function claimSocket(server: Server, path: string): Promise<string | null> {
  if (process.platform === 'win32') return (await listenOnPipe(server, path)) ? path : null
  const own = join(dirname(path), `.${randomBytes(4).toString('hex')}`)
  await listen(server, own)
  try {
    await chmod(own, 0o600)
    const place = await settle(own, path)
    if (place === null) server.close()
    return place
  } catch (thrown) {
    server.close()
    throw thrown
  } finally {
    await rm(own, { force: true })
  }
}

async function settle(own: string, path: string): Promise<string | null> {
  const places = Array.from({ length: PLACES }, (_, index) => (index === 0 ? path : path.replace(/\.sock$/, `-${index}.sock`)))
  for (const place of places) {
    if (!(await placed(own, place))) {
      if (await answers(place)) return null
      continue
    }
    const others = places.filter((other) => other !== place)
    if ((await Promise.all(others.map(answers))).includes(true)) {
      await rm(place, { force: true })
      return null
    }
    await Promise.all(others.map((other) => rm(other, { force: true })))
    return place
  }
  throw new Error(`All ${PLACES} places beside ${path} are taken.`)
}

/** Whether somebody listens there. */
export function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** A pipe has one server by itself. */
async function listenOnPipe(server: Server, path: string): Promise<boolean> {
  try {
    await listen(server, path)
    return true
  } catch (thrown) {
    if (codeOf(thrown) === 'EADDRINUSE') return false
    throw thrown
  }
}

async function placed(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path)
    return true
  } catch (thrown) {
    const code = codeOf(thrown)
    if (code === 'EEXIST') return false
    // file systems that have no hard links, or none of sockets: there two that start in the same millisecond are not told apart
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'EMLINK') throw thrown
    if (await answers(path)) return false
    await rename(own, path)
    return true
  }
}

const codeOf = (thrown: unknown) => (thrown as NodeJS.ErrnoException).code
