import { describe, expect, test } from 'vitest'
import { isTransportError } from '../transport-error.ts'
import { loadSshConfig, parseJump, resolveSshTarget, type SshConfig } from './ssh-config.ts'
import { parseConfigLine, splitArguments } from './ssh-config-parse.ts'

const environment = { home: '/home/ada', user: 'ada', agent: undefined }

/** A configuration from texts: the first is ~/.ssh/config, others by path. */
function load(config: string, more: Record<string, string> = {}): Promise<SshConfig> {
  const all: Record<string, string> = { '/home/ada/.ssh/config': config, ...more }
  const files = {
    read: async (path: string) => all[path],
    list: async (folder: string) =>
      Object.keys(all)
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1)),
  }
  return loadSshConfig({ environment, files })
}

describe('the syntax', () => {
  test.each([
    ['Host a b', { keyword: 'host', args: ['a', 'b'] }],
    ['  Port=2222  ', { keyword: 'port', args: ['2222'] }],
    ['User = "Ada Lovelace"', { keyword: 'user', args: ['Ada Lovelace'] }],
    ['IdentityFile ~/.ssh/a\\ b # comment', { keyword: 'identityfile', args: ['~/.ssh/a b'] }],
    ['ProxyCommand nc "%h" %p # not a comment', { keyword: 'proxycommand', args: ['nc "%h" %p # not a comment'] }],
    ['# Host a', undefined],
    ['   ', undefined],
    ['User "open', 'syntax'],
    ["User 'a b'c", { keyword: 'user', args: ['a bc'] }],
  ])('%s', (line, expected) => {
    expect(parseConfigLine(line)).toEqual(expected)
  })

  test('a # inside a word is no comment', () => {
    expect(splitArguments('a#b #c')).toEqual(['a#b'])
  })
})

describe('values', () => {
  test('the first value wins, IdentityFile adds up, keywords know no case', async () => {
    const config = await load(
      'Host kvm\n USER root\n IdentityFile one\nHost *\n user nobody\n IdentityFile two\n IdentityFile one\n Port 2200\n',
    )
    expect(config.resolve('kvm')).toMatchObject({ hostName: 'kvm', user: 'root', port: 2200, identityFiles: ['one', 'two'] })
  })

  test('a negated pattern shuts its block', async () => {
    const config = await load('Host kvm-* !kvm-9\n Port 1\nHost kvm-?\n Port 2\n')
    expect(config.resolve('kvm-1').port).toBe(1)
    expect(config.resolve('kvm-9').port).toBe(2)
  })

  test('HostName takes %h', async () => {
    const config = await load('Host kvm*\n HostName %h.Example.org\n')
    expect(config.resolve('kvm7').hostName).toBe('kvm7.example.org')
  })

  test('of ProxyJump and ProxyCommand the first counts, but a command may follow ProxyJump none', async () => {
    const config = await load('Host a\n ProxyJump none\n ProxyCommand x\nHost b\n ProxyCommand nc %h %p\nHost *\n ProxyJump bastion\n')
    expect(config.resolve('a')).toMatchObject({ proxyJump: [], proxyCommand: 'x' })
    expect(config.resolve('b')).toMatchObject({ proxyJump: [], proxyCommand: 'nc %h %p' })
    expect(config.resolve('c').proxyJump).toEqual(['bastion'])
  })

  test('a bad port is reported and left out', async () => {
    const config = await load('Host a\n Port 99999\n Port 23\n')
    expect(config.resolve('a').port).toBe(23)
    expect(config.resolve('a').problems).toEqual([{ file: '/home/ada/.ssh/config', line: 2, reason: 'bad-value', text: 'Port 99999' }])
  })
})

describe('Match', () => {
  test('all, host (after HostName), originalhost, user', async () => {
    const config = await load(
      'Host a\n HostName a.example.org\n User root\nMatch host *.example.org\n Port 1\nMatch originalhost b\n Port 2\nMatch user ada !host a\n Port 3\nMatch all\n Port 4\n',
    )
    expect(config.resolve('a').port).toBe(1)
    expect(config.resolve('b').port).toBe(2)
    expect(config.resolve('c').port).toBe(3)
  })

  test('what is not supported does not apply and is reported', async () => {
    const config = await load('Match exec "test -f /tmp/x"\n Port 1\nMatch all\n Port 2\n')
    expect(config.resolve('a').port).toBe(2)
    expect(config.resolve('a').problems).toMatchObject([{ line: 1, reason: 'match-unsupported' }])
  })
})

describe('Include', () => {
  test('globs, relative to ~/.ssh, in order, and the block goes on afterwards', async () => {
    const config = await load('Host a\n Include conf.d/*\n Port 9\nHost b\n Include other\n', {
      '/home/ada/.ssh/conf.d/20': 'User second\nHost zzz\n User never\n',
      '/home/ada/.ssh/conf.d/10': 'User first\n',
      '/home/ada/.ssh/conf.d/.hidden': 'User hidden\n',
      '/home/ada/.ssh/other': 'Host a\n Compression yes\n HostName wrong\n',
    })
    expect(config.resolve('a')).toMatchObject({ user: 'first', port: 9, hostName: 'a' })
    expect(config.hosts()).toEqual(['a', 'zzz', 'b'])
  })

  test('a file that includes itself ends', async () => {
    const config = await load('Include ~/.ssh/config\nHost a\n User root\n')
    expect(config.resolve('a').user).toBe('root')
    expect(config.problems).toMatchObject([{ reason: 'include-too-deep' }])
  })
})

describe('targets', () => {
  test('paths and tokens are expanded', async () => {
    const config = await load(
      'Host a\n HostName a.example.org\n User root\n IdentityFile ~/.ssh/%r@%h-%n\n IdentityAgent %d/agent\n IdentitiesOnly yes\n',
    )
    expect(resolveSshTarget('a', config)).toEqual({
      host: 'a.example.org',
      port: 22,
      user: 'root',
      identityFiles: ['/home/ada/.ssh/root@a.example.org-a'],
      identityAgent: '/home/ada/agent',
      identitiesOnly: true,
    })
  })

  test('known-hosts files and the time to connect are the host’s own', async () => {
    const config = await load(
      'Host a\n UserKnownHostsFile ~/.ssh/%h.known /srv/known\n ConnectTimeout 5\nHost b\n UserKnownHostsFile none\nHost c\n ConnectTimeout 0\n',
    )
    expect(resolveSshTarget('a', config)).toMatchObject({
      userKnownHostsFiles: ['/home/ada/.ssh/a.known', '/srv/known'],
      connectTimeoutMs: 5_000,
    })
    expect(resolveSshTarget('b', config).userKnownHostsFiles).toEqual([])
    expect(resolveSshTarget('c', config)).not.toHaveProperty('connectTimeoutMs')
  })

  test('jump hosts are resolved too; only the first follows its own ProxyJump', async () => {
    const config = await load(
      'Host a\n ProxyJump b,root@c:2222\nHost b\n ProxyJump d\n User bob\nHost c\n ProxyJump e\n HostName c.example.org\nHost d\n Port 7\n',
    )
    expect(resolveSshTarget('a', config).jumps).toMatchObject([
      { host: 'd', port: 7 },
      { host: 'b', user: 'bob', port: 22 },
      { host: 'c.example.org', user: 'root', port: 2222 },
    ])
  })

  test('a circle of jump hosts is an error, as is a ProxyCommand', async () => {
    const config = await load('Host a\n ProxyJump b\nHost b\n ProxyJump a\nHost c\n ProxyCommand nc %h %p\n')
    expect(() => resolveSshTarget('a', config)).toThrow(expect.objectContaining({ code: 'uri.invalid' }))
    expect(() => resolveSshTarget('c', config)).toThrow(expect.objectContaining({ code: 'ssh.proxy-command-unsupported' }))
  })

  test.each([
    ['root@[fe80::1]:22', { host: 'fe80::1', user: 'root', port: 22 }],
    ['ssh://ada@host:2200', { host: 'host', user: 'ada', port: 2200 }],
    ['host', { host: 'host' }],
  ])('jump %s', (spec, expected) => {
    expect(parseJump(spec)).toMatchObject(expected)
  })

  test('a malformed jump host is refused', () => {
    expect(() => parseJump('a:b:c')).toThrow(expect.toSatisfy(isTransportError))
  })
})
