/** Runs inside a session of its own with a real keychain; prints what happened as one line of JSON. */
import { AppError, toWireError } from '../../../shared/errors/index.ts'
import { openSecretStore } from '../open-secret-store.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

async function scenario(dataDirectory: string): Promise<unknown> {
  const store = await openSecretStore({ dataDirectory, log: silent, probeMs: 50_000 })
  if (store.kind !== 'keychain') return { kind: store.kind, reason: store.reason }
  const password = 'pä"ss\nword 🔑'
  await store.set('c1', 'password', password)
  await store.set('c1', 'passphrase', 'second')
  await store.set('c10', 'password', 'other')
  const again = await openSecretStore({ dataDirectory, log: silent, probeMs: 50_000 })
  const same = (await again.get('c1', 'password')) === password
  const missing = await again.get('c2', 'password')
  await again.delete('c1')
  const gone = [await again.get('c1', 'password'), await again.get('c1', 'passphrase')]
  const others = await again.get('c10', 'password')
  await again.delete('c10', 'password')
  return { kind: store.kind, same, missing, gone, others }
}

const dataDirectory = process.argv[2]
if (!dataDirectory) throw new AppError({ kind: 'invalid-input', code: 'test.no-folder', message: 'Name a folder.' })
const result = await scenario(dataDirectory).catch((thrown: unknown) => ({ error: toWireError(thrown) }))
process.stdout.write(`${JSON.stringify(result)}\n`)
