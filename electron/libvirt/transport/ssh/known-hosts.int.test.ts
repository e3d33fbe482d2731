import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeWithPeers } from '../testing/peers.ts'
import { makeKey } from '../testing/sshd-fixture.ts'
import { checkHostKey, fingerprintSha256, formatKnownHost, parseKnownHosts } from './known-hosts.ts'
import { KnownHostsStore } from './known-hosts-store.ts'

const run = promisify(execFile)

describeWithPeers(
  'known hosts beside ssh-keygen',
  ['ssh-keygen'],
  () => {
    let folder: string
    let file: string
    const keys: Buffer[] = []
    const lines: string[] = []

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'nc-known-'))
      for (const type of ['ed25519', 'ecdsa', 'rsa']) {
        const path = await makeKey(folder, type, { type })
        const line = (await readFile(`${path}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ')
        lines.push(line)
        keys.push(Buffer.from(line.split(' ')[1] ?? '', 'base64'))
      }
    })
    beforeEach(() => {
      file = join(folder, `known-${Math.random()}`)
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))

    /** Line numbers that `ssh-keygen -F` finds for a name. */
    async function keygenFinds(name: string): Promise<number[]> {
      const { stdout } = await run('ssh-keygen', ['-F', name, '-f', file]).catch((error: { stdout?: string }) => ({
        stdout: error.stdout ?? '',
      }))
      return [...stdout.matchAll(/found: line (\d+)/g)].map((match) => Number(match[1]))
    }
    const weFind = async (host: string, port: number) => {
      const { entries } = parseKnownHosts(await readFile(file, 'utf8'), file)
      return keys.flatMap((key) => {
        const check = checkHostKey(entries, host, port, key)
        return check.status === 'match' ? [check.at.line] : []
      })
    }

    test('fingerprints are those of ssh-keygen -l', async () => {
      await writeFile(file, lines.map((line) => `${line}\n`).join(''))
      const { stdout } = await run('ssh-keygen', ['-l', '-f', file])
      expect(keys.map(fingerprintSha256)).toEqual(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split(' ')[1]),
      )
    })

    test('what ssh-keygen -H hashes we find, and what we write ssh-keygen -F finds', async () => {
      await writeFile(file, `kvm-1,10.0.0.1 ${lines[0]}\n[kvm-2]:2222 ${lines[1]}\nplain ${lines[2]}\n`)
      await run('ssh-keygen', ['-H', '-f', file])
      const names = (await readFile(file, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0])
      expect(names).toHaveLength(4) // kvm-1 and 10.0.0.1 have a line each now
      for (const name of names) expect(name).toMatch(/^\|1\|/) // the names alone: a key can spell anything
      for (const [host, port] of [
        ['kvm-1', 22],
        ['10.0.0.1', 22],
        ['kvm-2', 2222],
        ['plain', 22],
        ['other', 22],
      ] as const) {
        expect(await weFind(host, port)).toEqual(await keygenFinds(port === 22 ? host : `[${host}]:${port}`))
      }
      await appendFile(file, `${formatKnownHost('Ours', 2200, keys[0] ?? Buffer.alloc(0), { hash: true })}\n`)
      expect(await keygenFinds('[ours]:2200')).toEqual([5])
    })

    test('patterns and negation are read as ssh-keygen reads them', async () => {
      await writeFile(file, `*.lab,!bad.lab ${lines[0]}\nkvm-? ${lines[1]}\n`)
      for (const host of ['good.lab', 'bad.lab', 'kvm-1', 'kvm-12', 'KVM-2'])
        expect(await weFind(host, 22)).toEqual(await keygenFinds(host))
    })

    test('adding and re-pinning go to our own file, at once, privately, and never twice', async () => {
      const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = keys
      const store = new KnownHostsStore({ ownFile: file, readOnlyFiles: [] })
      await Promise.all([store.add('kvm-1', 22, first), store.add('kvm-2', 2222, first), store.add('kvm-1', 22, first)])
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect(await keygenFinds('kvm-1')).toHaveLength(1)
      await appendFile(file, `kvm-1,alias ${lines[2]}\n*.wild,kvm-1 ${lines[2]}\n`)
      await store.repin('kvm-1', 22, second)
      expect(await store.check('kvm-1', 22, second)).toMatchObject({ status: 'match' })
      expect(await store.check('kvm-1', 22, first)).toMatchObject({
        status: 'changed',
        known: [{ fingerprintSha256: fingerprintSha256(second) }],
      })
      expect(await keygenFinds('kvm-1')).toHaveLength(1)
      expect(await keygenFinds('alias')).toHaveLength(1)
      expect(await keygenFinds('[kvm-2]:2222')).toHaveLength(1)
    })

    test('files that are named for a host stand in for the user’s, not for our own', async () => {
      const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = keys
      const named = `${file}.named`
      await writeFile(`${file}.usual`, `kvm-1 ${lines[0]}\n`)
      await writeFile(named, `kvm-1 ${lines[1]}\n`)
      const store = new KnownHostsStore({ ownFile: file, readOnlyFiles: [`${file}.usual`] })
      expect(await store.check('kvm-1', 22, first)).toMatchObject({ status: 'match' })
      expect(await store.check('kvm-1', 22, second, [named])).toMatchObject({ status: 'match' })
      expect(await store.check('kvm-1', 22, first, [named])).toMatchObject({ status: 'changed' })
      expect(await store.check('kvm-1', 22, first, [])).toMatchObject({ status: 'unknown' })
      expect(await store.knownKeyTypes('kvm-1', 22, [named])).toEqual(['ecdsa-sha2-nistp256'])
      await store.add('kvm-1', 22, first)
      expect(await store.check('kvm-1', 22, first, [named])).toMatchObject({ status: 'match' })
    })

    test('a file that cannot be written is an error with a name', async () => {
      await writeFile(file, '')
      const store = new KnownHostsStore({ ownFile: join(file, 'below'), readOnlyFiles: [] })
      await expect(store.add('kvm-1', 22, keys[0] ?? Buffer.alloc(0))).rejects.toMatchObject({ code: 'ssh.known-hosts-unwritable' })
    })
  },
  false,
)
