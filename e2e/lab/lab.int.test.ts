import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lab, LabHost, RunResult } from './lab.ts'
import { downLabs, idleName, run, startLab, until } from './lab.ts'
import { labRoot, readStates } from './lease.ts'
import { requirePeer } from './requires.ts'
import { makeTestDriverXml, testDomainName } from './test-driver.ts'

const libvirtd = requirePeer('libvirtd')

function ssh(lab: Lab, host: LabHost, user: string, command: string, connectS = 60): Promise<RunResult> {
  const options = ['-F', lab.sshConfigFile, '-o', 'BatchMode=yes', '-o', `ConnectTimeout=${connectS}`, '-l', user]
  return run('ssh', [...options, `${lab.id}-${host.name}`, command], { timeoutMs: 120_000 })
}

async function links(): Promise<string> {
  return (await run('ip', ['-o', 'link'])).stdout
}

describe.skipIf(!libvirtd.ok)('two hosts', () => {
  let lab: Lab
  let a: LabHost
  let b: LabHost

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', { name: 'b', forwarding: 'none', helpers: ['nc'], operatorInGroup: false, inactiveDomains: 20 }] })
    a = lab.host('a')
    b = lab.host('b')
  })
  afterAll(async () => {
    await lab.stop()
  })

  test('each is a host of its own with a pool and a network', async () => {
    const uuids = await Promise.all(lab.hosts.map(async (host) => /<uuid>(.+)<\/uuid>/.exec(await host.virsh(['capabilities']))?.[1]))
    expect(new Set(uuids).size).toBe(2)
    expect((await a.virsh(['pool-list', '--name'])).trim()).toBe('default')
    expect((await a.virsh(['net-list', '--name'])).trim()).toBe('default')
    expect((await b.virsh(['list', '--all', '--name'])).trim().split('\n')).toContain(idleName(20))
  })

  test('a guest boots, gets an address, and shuts down by its agent and by the power button', async () => {
    const guest = await a.defineGuest({ name: 'web "1" & é', diskMiB: 16, network: 'default' })
    await guest.start()
    await guest.waitReady()
    await until('a lease', async () => (await a.virsh(['net-dhcp-leases', 'default'])).includes('192.168.122.'))
    await a.virsh(['shutdown', guest.uuid, '--mode', 'agent'])
    await guest.waitState('shut off')
    await guest.start()
    await guest.waitReady()
    await a.virsh(['shutdown', guest.uuid, '--mode', 'acpi'])
    await guest.waitState('shut off')
    const heard = async () => (await guest.serialLog()).includes('ACPI-POWER-BUTTON')
    await until('its word of the button', heard)
    expect(await heard()).toBe(true)
  })

  test('a guest survives the restart and the crash of libvirtd', async () => {
    const guest = await a.defineGuest({ name: 'survivor' })
    await guest.start()
    await a.restartDaemon()
    expect(await guest.state()).toBe('running')
    await a.stopDaemon('KILL')
    await a.startDaemon()
    expect(await guest.state()).toBe('running')
    const pid = async () => (await a.exec('cat /run/libvirtd.pid')).stdout.trim()
    const crashed = await pid()
    await a.exec(`kill -SEGV ${crashed}`)
    await until('libvirtd is started again, as by init', async () => (await pid()) !== crashed)
    await until('it answers', async () => (await a.exec('virsh list')).code === 0)
    expect(await guest.state()).toBe('running')
  })

  test('users: root and a group member reach libvirt, others do not', async () => {
    expect(await ssh(lab, a, 'operator', 'virsh -c qemu:///system uri')).toMatchObject({ code: 0 })
    const refused = await ssh(lab, b, 'operator', 'virsh -c qemu:///system uri')
    expect(refused.stderr).toContain('Permission denied')
    expect(await ssh(lab, b, 'root', 'command -v nc; command -v virt-ssh-helper || echo none')).toMatchObject({
      stdout: '/usr/bin/nc\nnone\n',
    })
  })

  test.each([
    ['cable', /timed out|No route/],
    ['silence', /timed out/],
    ['reset', /refused/],
  ] as const)('a link cut by %s comes back', async (mode, message) => {
    await a.cutNetwork(mode)
    expect((await ssh(lab, a, 'root', 'true', mode === 'reset' ? 60 : 2)).stderr).toMatch(message)
    await a.restoreNetwork()
    await until('the link', async () => (await ssh(lab, a, 'root', 'true')).code === 0)
  })

  test('a changed host key is noticed', async () => {
    expect(await a.changeHostKey()).not.toBe(a.hostKeyFingerprint)
    expect((await ssh(lab, a, 'root', 'true')).stderr).toContain('REMOTE HOST IDENTIFICATION HAS CHANGED')
  })

  test('the test driver opens a file of 1,000 machines', async () => {
    await makeTestDriverXml(1000, lab.sharedDir)
    const uri = `test+unix:///srv/host/shared/test-1000.xml?socket=${a.socketPath}`
    const all = await run('virsh', ['-q', '-c', uri, 'list', '--all', '--name'])
    expect(all.stdout.trim().split('\n')).toHaveLength(1000)
    const off = await run('virsh', ['-q', '-c', uri, 'domstate', testDomainName(3)])
    expect(off.stdout.trim()).toBe('shut off')
  })
})

describe.skipIf(!libvirtd.ok)('what is left behind', () => {
  test('nothing after stop', async () => {
    const lab = await startLab({ hosts: [{ name: 'x', libvirt: false }] })
    expect(await links()).toContain(`${lab.id}br`)
    await lab.stop()
    expect(await links()).not.toMatch(new RegExp(`\\b${lab.id}(br|h\\d)`)) // another lab's name may begin with it
    expect(await readdir(labRoot())).not.toContain(lab.id)
  })

  test('nothing after a crash of the owner', async () => {
    const script = `import { startLab } from ${JSON.stringify(join(import.meta.dirname, 'lab.ts'))}
const lab = await startLab({ hosts: [{ name: 'x', libvirt: false }], prefix: 'cr' })
process.kill(process.pid, 'SIGKILL')`
    const owner = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: 'ignore' })
    await new Promise((resolve) => {
      owner.on('exit', resolve)
    })
    const left = (await readStates()).find((state) => state.owner.pid === owner.pid)
    expect(left).toBeDefined()
    // Its processes end by themselves; the rest is found by its state file.
    await downLabs({ kept: false })
    expect((await readStates()).map((state) => state.id)).not.toContain(left?.id)
    expect(await links()).not.toContain(`${left?.id}br`)
  })
})

describe.skipIf(!requirePeer('polkitd').ok || !libvirtd.ok)('polkit', () => {
  test('refuses a user outside the group and lets a member in', async () => {
    const lab = await startLab({
      hosts: [
        { name: 'no', auth: 'polkit', operatorInGroup: false },
        { name: 'yes', auth: 'polkit' },
      ],
    })
    try {
      expect((await ssh(lab, lab.host('no'), 'operator', 'virsh -c qemu:///system uri')).stderr).toContain('authentication unavailable')
      expect(await ssh(lab, lab.host('yes'), 'operator', 'virsh -c qemu:///system uri')).toMatchObject({ code: 0 })
    } finally {
      await lab.stop()
    }
  })
})
