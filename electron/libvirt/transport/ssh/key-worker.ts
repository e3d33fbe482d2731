import { createPrivateKey } from 'node:crypto'
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'

/**
 * Opens an encrypted key away from the event loop: the key derivation of the OpenSSH format (bcrypt) keeps a processor busy for
 * 0.2 s and more. The worker needs nothing but the ssh library, so that it survives bundling.
 */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads')
const { parseKey } = require(workerData.library).utils
let pem
try {
  const parsed = parseKey(Buffer.from(workerData.data), Buffer.from(workerData.passphrase))
  const key = Array.isArray(parsed) ? parsed[0] : parsed
  if (key && !(key instanceof Error) && key.isPrivateKey()) pem = key.getPrivatePEM()
} catch {}
parentPort.postMessage(pem)
`

/** The private key as PEM, or undefined if the passphrase does not open it. Rejects if no worker can be had. */
export function decryptInWorker(data: Buffer, passphrase: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const library = createRequire(import.meta.url).resolve('ssh2')
    const worker = new Worker(WORKER, { eval: true, workerData: { library, data, passphrase } })
    worker.once('message', (pem: unknown) => {
      resolve(typeof pem === 'string' ? pem : undefined)
      void worker.terminate()
    })
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the worker ended without an answer')))
  })
}

/** A PKCS#8 or PEM key in a form that the ssh library reads; undefined if it cannot be read, or is of a kind that SSH does not use. */
export function toSshFormat(pem: Buffer | string, passphrase?: string): string | undefined {
  try {
    const key = createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) })
    switch (key.asymmetricKeyType) {
      case 'rsa':
        return key.export({ format: 'pem', type: 'pkcs1' }).toString()
      case 'ec':
        return key.export({ format: 'pem', type: 'sec1' }).toString()
      case 'ed25519': {
        const { x = '', d = '' } = key.export({ format: 'jwk' })
        return openSshEd25519(Buffer.from(x, 'base64url'), Buffer.from(d, 'base64url'))
      }
      default:
        return undefined
    }
  } catch {
    return undefined
  }
}

/** PROTOCOL.key of OpenSSH, unencrypted. */
function openSshEd25519(publicKey: Buffer, seed: Buffer): string {
  const type = Buffer.from('ssh-ed25519')
  const publicBlob = Buffer.concat([field(type), field(publicKey)])
  const check = Buffer.alloc(8)
  const secret = Buffer.concat([check, field(type), field(publicKey), field(Buffer.concat([seed, publicKey])), field(Buffer.alloc(0))])
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (secret.length % 8)) % 8))
  const none = field(Buffer.from('none'))
  const one = Buffer.from([0, 0, 0, 1])
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    none,
    none,
    field(Buffer.alloc(0)),
    one,
    field(publicBlob),
    field(Buffer.concat([secret, padding])),
  ])
  const lines = body.toString('base64').match(/.{1,70}/g) ?? []
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`
}

function field(data: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  return Buffer.concat([length, data])
}
