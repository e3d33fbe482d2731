import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const

export interface ServerCertificate {
  /** PEM of the authority that signed it: what a client has to trust. */
  readonly ca: string
  readonly cert: string
  readonly key: string
}

let made: Promise<ServerCertificate> | null = null

/** A certificate for 127.0.0.1 and localhost, signed by an authority of its own: one for all clouds of this process. Nothing of it stays on the disk. */
export function serverCertificate(): Promise<ServerCertificate> {
  made ??= makeServerCertificate()
  return made
}

function makeServerCertificate(): Promise<ServerCertificate> {
  return inFolder(async (path) => {
    const extensions = 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n'
    await writeFile(path('extensions'), extensions)
    await openssl('req', '-x509', ...KEY, '-days', '2', '-subj', '/CN=Loopback cloud CA', '-keyout', path('ca.key'), '-out', path('ca.pem'))
    await openssl('req', ...KEY, '-subj', '/CN=127.0.0.1', '-keyout', path('key'), '-out', path('request'))
    const signer = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-set_serial', '1', '-days', '2']
    await openssl('x509', '-req', '-in', path('request'), ...signer, '-extfile', path('extensions'), '-out', path('cert'))
    const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert'), read('key')])
    return { ca, cert, key }
    function read(name: string): Promise<string> {
      return readFile(path(name), 'utf8')
    }
  })
}

/** A self-signed certificate with its key in one PEM, as an application registers it for its login. */
export async function makeLoginCertificate(): Promise<string> {
  return inFolder(async (path) => {
    const key = ['-newkey', 'rsa:2048', '-nodes']
    await openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=novacron login', '-keyout', path('key'), '-out', path('cert'))
    return (await readFile(path('key'), 'utf8')) + (await readFile(path('cert'), 'utf8'))
  })
}

async function openssl(...args: string[]): Promise<void> {
  await run('openssl', args)
}

async function inFolder<T>(work: (path: (name: string) => string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'loopback-cloud-'))
  try {
    return await work((name) => join(folder, name))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
