import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithPeers } from '../testing/peers.ts'
import { loadSshConfig, parseJump } from './ssh-config.ts'

const run = promisify(execFile)

/** The answer of `ssh -G`, as far as we read it too. */
async function askSsh(file: string, alias: string): Promise<Record<string, string | string[]>> {
  const { stdout } = await run('ssh', ['-G', '-F', file, alias])
  const values: Record<string, string[]> = {}
  for (const line of stdout.split('\n')) {
    const at = line.indexOf(' ')
    const key = line.slice(0, at)
    if (at > 0) values[key] = [...(values[key] ?? []), line.slice(at + 1)]
  }
  const jump = values.proxyjump?.[0]
  return {
    hostname: values.hostname?.[0] ?? '',
    user: values.user?.[0] ?? '',
    port: values.port?.[0] ?? '',
    identitiesonly: values.identitiesonly?.[0] ?? '',
    identityagent: values.identityagent?.[0] ?? '',
    proxycommand: values.proxycommand?.[0] ?? '',
    hostkeyalias: values.hostkeyalias?.[0] ?? '',
    identityfile: values.identityfile ?? [],
    proxyjump: (jump === undefined ? [] : jump.split(',')).map((spec) => JSON.stringify(parseJump(spec))),
  }
}

const DEFAULT_FILES = ['id_rsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk', 'id_xmss', 'id_dsa'].map(
  (name) => `~/.ssh/${name}`,
)

async function askUs(file: string, alias: string): Promise<Record<string, string | string[]>> {
  const config = await loadSshConfig({ userFile: file, systemFile: null })
  const found = config.resolve(alias)
  return {
    hostname: found.hostName,
    user: found.user ?? userInfo().username,
    port: String(found.port),
    identitiesonly: found.identitiesOnly ? 'yes' : 'no',
    identityagent: found.identityAgent ?? '',
    proxycommand: found.proxyCommand ?? '',
    hostkeyalias: found.hostKeyAlias ?? '',
    identityfile: [...(found.identityFiles ?? DEFAULT_FILES)],
    proxyjump: found.proxyJump.map((spec) => JSON.stringify(parseJump(spec))),
  }
}

const name = fc.constantFrom('kvm-1', 'kvm-2', 'web', 'db.example.org', 'Upper')
const pattern = fc.oneof(name, fc.constantFrom('*', 'kvm-*', 'kvm-?', '!kvm-2', '!web', '*.example.org', '?eb'))
const option = fc.oneof(
  fc.constantFrom('HostName %h.lab', 'HostName 192.0.2.7', 'hostname=Kvm.Example.ORG', 'HostName "quoted.name"'),
  fc.constantFrom('User root', 'User "ada"', 'USER = bob', "User 'carl'"),
  fc.integer({ min: 1, max: 65_535 }).map((port) => `Port ${port}`),
  fc.constantFrom('IdentityFile ~/.ssh/one', 'IdentityFile "/keys/a b"', 'IdentityFile /keys/%r', 'identityfile=~/.ssh/two # note'),
  fc.constantFrom('IdentitiesOnly yes', 'IdentitiesOnly no'),
  fc.constantFrom('IdentityAgent none', 'IdentityAgent /run/agent', 'IdentityAgent SSH_AUTH_SOCK'),
  fc.constantFrom('ProxyJump bastion', 'ProxyJump ada@b1:2222,b2', 'ProxyJump none', 'ProxyCommand nc %h %p', 'ProxyCommand none'),
  fc.constantFrom('HostKeyAlias alias', '# a comment', '', '   ', 'Compression yes', 'ServerAliveInterval 10'),
)
const header = fc.oneof(
  fc.array(pattern, { minLength: 1, maxLength: 3 }).map((patterns) => `Host ${patterns.join(' ')}`),
  fc.constantFrom(
    'Match all',
    'Match host kvm-*',
    'Match originalhost web',
    'Match user root',
    'Match !host web',
    'Match host *.lab user root,bob',
  ),
)
const block = fc
  .tuple(header, fc.array(option, { maxLength: 5 }))
  .map(([first, rest]) => [first, ...rest.map((line) => `  ${line}`)].join('\n'))
const text = fc
  .tuple(fc.array(option, { maxLength: 2 }), fc.array(block, { maxLength: 5 }))
  .map(([top, blocks]) => `${[...top, ...blocks].join('\n')}\n`)

describeWithPeers(
  'the SSH configuration beside ssh -G',
  ['ssh'],
  () => {
    let folder: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'nc-sshconfig-'))
      await mkdir(join(folder, 'd'))
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))

    test('generated configurations mean the same to both', async () => {
      const file = join(folder, 'config')
      await fc.assert(
        fc.asyncProperty(text, text, name, async (main, included, alias) => {
          await writeFile(file, main.includes('Match all') ? `${main}Include ${folder}/d/*\n` : `Include ${folder}/d/*\n${main}`)
          await writeFile(join(folder, 'd', 'part'), included)
          expect(await askUs(file, alias)).toEqual(await askSsh(file, alias))
        }),
        { numRuns: 150, seed: 20_240 },
      )
    })
  },
  false,
)
