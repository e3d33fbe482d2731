import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'ssh2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seedImage } from '../../electron/engine/build/seed.ts'
import { hashPassword } from '../../electron/engine/build/sha512-crypt.ts'
import { type CloudInit, cloudInitSchema } from '../../shared/model/index.ts'
import type { GuestSpec } from './domain-xml.ts'
import type { Lab, LabGuest, LabHost, RunResult } from './lab.ts'
import { run, startLab, until } from './lab.ts'
import { requirePeer } from './requires.ts'

const libvirtd = requirePeer('libvirtd')

const PASSWORD = 'pässword "with" $signs'

describe.skipIf(!libvirtd.ok)('a guest with a seed', () => {
  let lab: Lab
  let host: LabHost
  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'] })
    host = lab.host('a')
  })
  afterAll(async () => {
    await lab.stop()
  })

  /** An address of the lab's wire that no host has. */
  function addressOf(number: number): string {
    return host.address.replace(/\d+$/, String(number))
  }

  async function startWith(seed: CloudInit, spec: GuestSpec, as: 'disk' | 'cd'): Promise<LabGuest> {
    const { image } = seedImage(seed, { instanceId: spec.name, timeMs: 0 })
    await writeFile(join(host.dir, `${spec.name}.iso`), image)
    const guest = await host.defineGuest({ ...spec, network: 'bridge', seed: { path: `/srv/host/${spec.name}.iso`, as } })
    await guest.start()
    await guest.waitReady()
    return guest
  }

  function sshWithKey(address: string, command: string): Promise<RunResult> {
    const options = ['-F', 'none', '-i', host.keyFile, '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no']
    return run('ssh', [...options, '-o', 'UserKnownHostsFile=/dev/null', '-o', 'ConnectTimeout=60', '-l', 'ada', address, command], {
      timeoutMs: 120_000,
    })
  }

  /** Logs in with a password, and nothing else, and runs a command. Rejects when the guest refuses. */
  function sshWithPassword(address: string, password: string, command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const client = new Client()
      client.on('error', reject)
      client.on('ready', () => {
        client.exec(command, (error, channel) => {
          if (error) return reject(error)
          const output: Buffer[] = []
          channel.on('data', (chunk: Buffer) => output.push(chunk))
          channel.on('close', () => {
            client.end()
            resolve(Buffer.concat(output).toString('utf8'))
          })
        })
      })
      client.connect({ host: address, username: 'ada', password, readyTimeout: 20_000 })
    })
  }

  async function publicKey(): Promise<string> {
    return (await readFile(`${host.keyFile}.pub`, 'utf8')).trim()
  }

  test('on a disk is what it says: host name, static address, a user with a key and a password', async () => {
    const mac = '52:54:00:5e:ed:01'
    const address = addressOf(201)
    const seed = cloudInitSchema.parse({
      hostname: 'seeded.example.org',
      user: { name: 'ada', fullName: 'Ada "L"', sshKeys: [await publicKey()], passwordHash: hashPassword(PASSWORD, randomBytes) },
      packages: ['vim'],
      network: { kind: 'static', mac, address: `${address}/24`, gateway: addressOf(1) },
    })
    const guest = await startWith(seed, { name: 'seed-disk', mac, diskMiB: 16 }, 'disk')
    expect(await guest.serialLog()).toContain('SEED-READ /dev/vdb')
    expect(await sshWithKey(address, 'hostname; id -un; pwd; ip route | grep ^default; cat ~/.ssh/authorized_keys')).toMatchObject({
      code: 0,
      stdout: `seeded\nada\n/home/ada\ndefault via ${addressOf(1)} dev eth0 \n${await publicKey()}\n`,
    })
    expect(await sshWithPassword(address, PASSWORD, 'hostname')).toBe('seeded\n')
    await expect(sshWithPassword(address, 'wrong', 'hostname')).rejects.toThrow('All configured authentication methods failed')
  })

  test('on a CD lets the key in, and no password where there is none', async () => {
    const mac = '52:54:00:5e:ed:02'
    const address = addressOf(202)
    const seed = cloudInitSchema.parse({
      hostname: 'no',
      user: { name: 'ada', sshKeys: [await publicKey()] },
      network: { kind: 'static', mac, address: `${address}/24` },
    })
    const guest = await startWith(seed, { name: 'seed-cd', mac }, 'cd')
    expect(await guest.serialLog()).toContain('SEED-READ /dev/sr0')
    expect(await sshWithKey(address, 'hostname')).toMatchObject({ code: 0, stdout: 'no\n' })
    await expect(sshWithPassword(address, '', 'hostname')).rejects.toThrow('All configured authentication methods failed')
  })

  test('by DHCP gets a lease for the name it was given', async () => {
    const mac = '52:54:00:5e:ed:03'
    const seed = cloudInitSchema.parse({ hostname: 'leased', user: { name: 'ada' }, network: { kind: 'dhcp', mac } })
    await writeFile(join(host.dir, 'dhcp.iso'), seedImage(seed, { instanceId: 'dhcp', timeMs: 0 }).image)
    const guest = await host.defineGuest({ name: 'dhcp', mac, network: 'default', seed: { path: '/srv/host/dhcp.iso', as: 'disk' } })
    await guest.start()
    await guest.waitReady()
    const leases = await until('a lease', async () => {
      const text = await host.virsh(['net-dhcp-leases', 'default'])
      return text.includes(mac) && text
    })
    expect(leases).toMatch(new RegExp(`${mac}.* leased `))
  })
})
