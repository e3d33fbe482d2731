import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Makes a certificate authority; returns the prefix of `.pem` and `.key`. */
export async function makeAuthority(folder: string, name: string): Promise<string> {
  const path = join(folder, name)
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '30',
    '-subj',
    `/CN=${name}`,
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
    '-keyout',
    `${path}.key`,
    '-out',
    `${path}.pem`,
  ])
  return path
}

/** Makes a certificate signed by `authority`; returns the prefix of `.pem` and `.key`. */
export async function makeCertificate(
  folder: string,
  name: string,
  authority: string,
  purpose: 'serverAuth' | 'clientAuth',
  names?: string,
): Promise<string> {
  const path = join(folder, name)
  await run('openssl', [
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${path}.key`,
    '-out',
    `${path}.csr`,
  ])
  // libvirt 9 insists on keyEncipherment, whatever the kind of key.
  const extensions = [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature,keyEncipherment',
    `extendedKeyUsage=${purpose}`,
  ]
  if (names) extensions.push(`subjectAltName=${names}`)
  await writeFile(`${path}.ext`, `${extensions.join('\n')}\n`)
  await run('openssl', [
    'x509',
    '-req',
    '-in',
    `${path}.csr`,
    '-CA',
    `${authority}.pem`,
    '-CAkey',
    `${authority}.key`,
    '-CAcreateserial',
    '-days',
    '30',
    '-extfile',
    `${path}.ext`,
    '-out',
    `${path}.pem`,
  ])
  return path
}
