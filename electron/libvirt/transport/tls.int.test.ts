import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAuthority, makeCertificate } from './testing/certificates.ts'
import { authList } from './testing/libvirt-hello.ts'
import { describeWithPeers } from './testing/peers.ts'
import { startHost, type TestHost } from './testing/sshd-fixture.ts'
import { openTlsLibvirt, type TlsTarget } from './tls.ts'

describeWithPeers('libvirtd that listens for TLS', ['libvirtd', 'openssl', 'sshd', 'ip', 'unshare', 'nsenter'], () => {
  let folder: string
  let host: TestHost
  let target: TlsTarget
  let otherAuthority: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nc-tls-'))
    const authority = await makeAuthority(folder, 'lab-ca')
    otherAuthority = await makeAuthority(folder, 'other-ca')
    const server = await makeCertificate(folder, 'server', authority, 'serverAuth', 'DNS:kvm-1.lab')
    const client = await makeCertificate(folder, 'client', authority, 'clientAuth')
    await makeCertificate(folder, 'stranger', otherAuthority, 'clientAuth')
    host = await startHost({
      libvirt: 'running',
      libvirtArguments: '--listen',
      libvirtdConf: [
        'listen_tls = 1',
        'listen_tcp = 0',
        'auth_tls = "none"',
        'ca_file = "/etc/libvirt/pki/ca.pem"',
        'cert_file = "/etc/libvirt/pki/server.pem"',
        'key_file = "/etc/libvirt/pki/server.key"',
      ],
      libvirtFiles: {
        'pki/ca.pem': await readFile(`${authority}.pem`, 'utf8'),
        'pki/server.pem': await readFile(`${server}.pem`, 'utf8'),
        'pki/server.key': await readFile(`${server}.key`, 'utf8'),
      },
    })
    target = {
      host: host.address,
      serverName: 'kvm-1.lab',
      certificates: { ca: `${authority}.pem`, clientCertificate: `${client}.pem`, clientKey: `${client}.key` },
    }
  })
  afterAll(async () => {
    await host?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('lets a client with a good certificate in, and talks', async () => {
    const stream = await openTlsLibvirt(target)
    expect(await authList(stream)).toEqual([0])
    stream.destroy()
  })

  test('a name that the certificate does not hold', async () => {
    await expect(openTlsLibvirt({ ...target, serverName: 'kvm-2.lab' })).rejects.toMatchObject({
      code: 'tls.server-name-mismatch',
      kind: 'unauthenticated',
      details: { name: 'kvm-2.lab', names: 'DNS:kvm-1.lab' },
    })
    await expect(openTlsLibvirt({ host: host.address, certificates: target.certificates })).rejects.toMatchObject({
      code: 'tls.server-name-mismatch',
    })
    const unchecked = await openTlsLibvirt({ ...target, serverName: 'kvm-2.lab', noVerify: true })
    expect(await authList(unchecked)).toEqual([0])
    unchecked.destroy()
  })

  test('a server of another authority', async () => {
    await expect(
      openTlsLibvirt({ ...target, certificates: { ...target.certificates, ca: `${otherAuthority}.pem` } }),
    ).rejects.toMatchObject({
      code: 'tls.server-certificate-untrusted',
    })
  })

  test('a client of another authority is turned away', async () => {
    const certificates = {
      ...target.certificates,
      clientCertificate: join(folder, 'stranger.pem'),
      clientKey: join(folder, 'stranger.key'),
    }
    await expect(openTlsLibvirt({ ...target, certificates })).rejects.toMatchObject({
      code: 'tls.client-certificate-refused',
      kind: 'unauthenticated',
    })
  })

  test('a certificate that is missing, or does not belong to the key', async () => {
    await expect(
      openTlsLibvirt({ ...target, certificates: { ...target.certificates, clientKey: '/nonexistent.pem' } }),
    ).rejects.toMatchObject({
      code: 'tls.certificate-unreadable',
      details: { path: '/nonexistent.pem', reason: 'ENOENT' },
    })
    await expect(
      openTlsLibvirt({ ...target, certificates: { ...target.certificates, clientKey: join(folder, 'stranger.key') } }),
    ).rejects.toMatchObject({
      code: 'tls.certificate-unreadable',
    })
  })

  test('a port that refuses, one that speaks no TLS, and one that says nothing', async () => {
    await expect(openTlsLibvirt({ ...target, port: 16_515 })).rejects.toMatchObject({ code: 'tls.refused', remedy: 'start-tls-socket' })
    await expect(openTlsLibvirt({ ...target, port: 22 })).rejects.toMatchObject({ code: 'tls.not-tls' })
    const silent: Server = createServer()
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : 0
    await expect(openTlsLibvirt({ ...target, host: '127.0.0.1', port }, { timeoutMs: 2_000 })).rejects.toMatchObject({
      code: 'tls.timeout',
      details: { stage: 'handshake' },
    })
    silent.close()
  })
})
