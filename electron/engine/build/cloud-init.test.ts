import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type CloudInit, cloudInitSchema } from '../../../shared/model/index.ts'
import { type CloudInitFiles, cloudInitFiles } from './cloud-init.ts'

const HASH = `$6$saltstring$${'x'.repeat(86)}`
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6p3tq0m5oJ2b8uUu9B0bYV7b6uT1m1q1f3k7m2n4x9 ada: "home" 👩‍🚀'

function files(input: Parameters<typeof cloudInitSchema.parse>[0]): CloudInitFiles {
  return cloudInitFiles(cloudInitSchema.parse(input), '6b1f')
}

describe('the files of a seed', () => {
  test('say all that a description says, in a layout that does not change', () => {
    const made = files({
      hostname: 'web.example.org',
      user: { name: 'ada', fullName: 'Ada "L" \\ no', sshKeys: [KEY], passwordHash: HASH },
      packages: ['vim', 'vim'],
      upgrade: true,
      locale: 'de_DE.UTF-8',
      keyboard: 'de',
      timezone: 'Europe/Berlin',
    })
    expect(made.userData).toMatchInlineSnapshot(`
      "#cloud-config
      hostname: "web"
      fqdn: "web.example.org"
      users:
        - name: "ada"
          gecos: "Ada \\"L\\" \\\\ no"
          shell: "/bin/bash"
          sudo: "ALL=(ALL:ALL) NOPASSWD:ALL"
          lock_passwd: false
          hashed_passwd: "$6$saltstring$xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
          ssh_authorized_keys:
            - "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6p3tq0m5oJ2b8uUu9B0bYV7b6uT1m1q1f3k7m2n4x9 ada: \\"home\\" 👩‍🚀"
      ssh_pwauth: true
      locale: "de_DE.UTF-8"
      keyboard:
        layout: "de"
      timezone: "Europe/Berlin"
      package_update: true
      package_upgrade: true
      packages:
        - "vim"
        - "qemu-guest-agent"
      runcmd:
        - - "sh"
          - "-c"
          - "if command -v systemctl; then systemctl enable qemu-guest-agent; systemctl start qemu-guest-agent; else rc-update add qemu-guest-agent; rc-service qemu-guest-agent start; fi"
      "
    `)
    expect(made.metaData).toBe('instance-id: "6b1f"\nlocal-hostname: "web.example.org"\n')
    expect(made.networkConfig).toBeUndefined()
  })

  test('say nothing that was not asked for', () => {
    expect(files({ hostname: 'web', guestAgent: false }).userData).toBe('#cloud-config\nhostname: "web"\n')
    const keyOnly = parse(files({ hostname: 'web', user: { name: 'root', sshKeys: [KEY], sudo: 'none' }, guestAgent: false }).userData)
    expect(keyOnly).toEqual({
      hostname: 'web',
      users: [{ name: 'root', shell: '/bin/bash', lock_passwd: true, ssh_authorized_keys: [KEY] }],
      ssh_pwauth: false,
      disable_root: false,
    })
  })

  test('match the card by its MAC address', () => {
    const network = (input: unknown): unknown => parse(files({ hostname: 'web', network: input }).networkConfig ?? '')
    const mac = '52:54:00:AB:CD:EF'
    const match = { macaddress: '52:54:00:ab:cd:ef' }
    expect(network({ kind: 'dhcp', mac })).toEqual({ version: 2, ethernets: { nic0: { match, dhcp4: true } } })
    expect(network({ kind: 'static', mac, address: '192.0.2.9/24', gateway: '192.0.2.1', dns: ['192.0.2.1', '2001:db8::1'] })).toEqual({
      version: 2,
      ethernets: {
        nic0: {
          match,
          addresses: ['192.0.2.9/24'],
          routes: [{ to: '0.0.0.0/0', via: '192.0.2.1' }],
          nameservers: { addresses: ['192.0.2.1', '2001:db8::1'] },
        },
      },
    })
    expect(network({ kind: 'static', mac, address: '2001:db8::9/64', gateway: 'fe80::1' })).toEqual({
      version: 2,
      ethernets: { nic0: { match, addresses: ['2001:db8::9/64'], routes: [{ to: '::/0', via: 'fe80::1' }] } },
    })
    expect(network({ kind: 'static', mac, address: '192.0.2.9/24' })).toEqual({
      version: 2,
      ethernets: { nic0: { match, addresses: ['192.0.2.9/24'] } },
    })
  })

  test('hold a user-data of one’s own as it is, with what cloud-init would pass over', () => {
    const own = '#cloud-config\npakcages: [vim]\n'
    const made = files({ hostname: 'web', packages: ['ignored'], userData: own })
    expect(made.userData).toBe(own)
    expect(made.unknownKeys).toEqual([{ key: 'pakcages', line: 2, column: 1 }])
    expect(() => files({ hostname: 'web', userData: 'vim' })).toThrow(expect.objectContaining({ code: 'build.bad-user-data' }))
  })

  test('keep any text, in YAML 1.1 as in 1.2', () => {
    const special = ['no', 'Off', '1e3', '0o17', '12:30:00', '~', ': ', ' - #', '\t', '"', "'", '\\', '👩‍🚀', '\u2028', '\x85', '\x7f', '']
    const text = fc.oneof(fc.constantFrom(...special), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(fc.array(text, { minLength: 7, maxLength: 7 }), fc.constantFrom('1.1' as const, '1.2' as const), (texts, version) => {
        const [hostname = '', name = '', fullName = '', key = '', locale = '', layout = '', id = ''] = texts
        const user = { name, fullName, sshKeys: [key], passwordHash: HASH, sudo: 'none' as const, shell: key }
        const description: CloudInit = { hostname, user, packages: texts, upgrade: false, guestAgent: false, locale, keyboard: layout }
        const made = cloudInitFiles(description, id)
        const config = parse(made.userData, { version })
        expect(config.fqdn ?? config.hostname).toBe(hostname)
        expect(config.users[0]).toMatchObject({ name, gecos: fullName, shell: key, hashed_passwd: HASH, ssh_authorized_keys: [key] })
        expect(config).toMatchObject({ locale, keyboard: { layout }, packages: [...new Set(texts)] })
        expect(parse(made.metaData, { version })).toEqual({ 'instance-id': id, 'local-hostname': hostname })
        // what PyYAML prints and reads; U+2028 and U+2029 end a line for it
        expect(made.userData + made.metaData).toMatch(
          /^[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u,
        )
      }),
      { numRuns: 50 },
    )
  })
})

describe('a description', () => {
  const user = { name: 'ada' }
  test.each([
    [{ hostname: 'a b' }],
    [{ hostname: '-a' }],
    [{ hostname: 'a..b' }],
    [{ hostname: 'x'.repeat(64) }],
    [{ user: { name: 'ada ALL=(ALL) ALL' } }],
    [{ user: { name: '1' } }],
    [{ user: { ...user, fullName: 'a:b' } }],
    [{ user: { ...user, sshKeys: ['not a key'] } }],
    [{ user: { ...user, sshKeys: [`${KEY}\n${KEY}`] } }],
    [{ user: { ...user, passwordHash: 'secret' } }],
    [{ packages: ['a b'] }],
    [{ network: { kind: 'dhcp', mac: '52:54:00' } }],
    [{ network: { kind: 'static', mac: '52:54:00:00:00:01', address: '192.0.2.9' } }],
    [{ network: { kind: 'static', mac: '52:54:00:00:00:01', address: '192.0.2.9/24', gateway: '2001:db8::1' } }],
    [{ network: { kind: 'static', mac: '52:54:00:00:00:01', address: '192.0.2.9/24', dns: ['dns.example.org'] } }],
  ])('is refused: %j', (part) => {
    expect(cloudInitSchema.safeParse({ hostname: 'web', ...part }).success).toBe(false)
  })

  test.each(['no', '1e3', 'web-1', 'WEB.example.org', `${'x'.repeat(63)}.org`])('may have the host name %s', (hostname) => {
    expect(cloudInitSchema.parse({ hostname })).toMatchObject({ hostname, packages: [], guestAgent: true, upgrade: false })
  })
})
