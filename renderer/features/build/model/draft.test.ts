import { describe, expect, test } from 'vitest'
import { options, system } from '../testing/options.ts'
import { withValue } from './at-path.ts'
import { type FormState, firstForm, toInput, withoutSecrets } from './draft.ts'
import { withSource } from './source.ts'
import { withSystem } from './system.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxzb21la2V5 maja@workstation'

function whole(...changes: readonly (readonly [string, unknown])[]): FormState {
  const debian = system('debian13')
  const form = withSource(withSystem(firstForm(options()), debian, null, options()), 'image', options(), debian)
  const filled: readonly (readonly [string, unknown])[] = [
    ['name', 'web-{nn}'],
    ['count', 3],
    ['spec.disks.0.source.base.volume', 'debian13.qcow2'],
    ['cloudInit.user.name', 'maja'],
    ['cloudInit.user.sshKeys', [KEY]],
    ...changes,
  ]
  return filled.reduce((state, [path, value]) => withValue(state, `draft.${path}`, value), form)
}

function paths(form: FormState): readonly string[] {
  return [...new Set(toInput(form).issues.map((issue) => issue.path.join('.')))]
}

describe('a form becomes a request', () => {
  test('with what was filled in, and without what was left empty', () => {
    const { input } = toInput(whole())
    expect(input).toMatchObject({
      hostId: 'c1.h.1',
      name: 'web-{nn}',
      count: 3,
      start: true,
      spec: {
        os: 'debian13',
        memoryMiB: 2_048,
        title: null,
        disks: [{ source: { kind: 'image', base: { pool: 'default', volume: 'debian13.qcow2' }, mode: 'copy' } }],
      },
      cloudInit: { user: { name: 'maja', sshKeys: [KEY] } },
    })
    expect(input?.cloudInit).not.toHaveProperty('locale')
    expect(input?.cloudInit).not.toHaveProperty('network')
    expect(input?.cloudInit?.user).not.toHaveProperty('password')
  })

  test('a password goes along only when the machines are made', () => {
    const form = whole(['cloudInit.user.password', 'secret words'])
    expect(JSON.stringify(toInput(form).input)).not.toContain('secret words')
    expect(toInput(form).input?.cloudInit?.user?.password).toBe('********')
    expect(toInput(form, 'with').input?.cloudInit?.user?.password).toBe('secret words')
  })

  test('a draft that is kept holds neither a password nor a user-data text', () => {
    const form = whole(['cloudInit.user.password', 'secret words'], ['cloudInit.userData', '#cloud-config\npassword: secret words'])
    expect(JSON.stringify(withoutSecrets(form))).not.toContain('secret words')
    expect(withoutSecrets(form).draft.name).toBe('web-{nn}')
  })

  test('own user-data takes the place of the choices, a fixed address stays', () => {
    const form = {
      ...whole(
        ['cloudInit.userData', '#cloud-config\n'],
        ['cloudInit.network', { kind: 'static', address: '192.0.2.10/24', gateway: '', dns: ['192.0.2.53'] }],
      ),
      firstStart: 'user-data' as const,
    }
    const { input } = toInput(form)
    expect(input?.cloudInit).toMatchObject({
      userData: '#cloud-config\n',
      network: { kind: 'static', address: '192.0.2.10/24', dns: ['192.0.2.53'] },
    })
    expect(input?.cloudInit).not.toHaveProperty('user')
    expect(input?.cloudInit?.network).not.toHaveProperty('gateway')
  })

  test('without cloud-init nothing of it is sent', () => {
    expect(toInput({ ...whole(), firstStart: 'none' }).input?.cloudInit).toBeNull()
  })
})

describe('what is wrong is told at its field', () => {
  test.each([
    ['name', '', 'name'],
    ['name', '../web', 'name'],
    ['name', '-web', 'name'],
    ['count', '3 or 4', 'count'],
    ['count', 0, 'count'],
    ['count', 1.5, 'count'],
    ['spec.memoryMiB', '', 'spec.memoryMiB'],
    ['spec.memoryMiB', 4, 'spec.memoryMiB'],
    ['spec.disks.0.source.sizeBytes', 12, 'spec.disks.0.source.sizeBytes'],
    ['spec.disks.0.source.sizeBytes', 'big', 'spec.disks.0.source.sizeBytes'],
    ['spec.disks.0.source.base.volume', '', 'spec.disks.0.source.base.volume'],
    ['spec.nics.0.mac', '52:54:00', 'spec.nics.0.mac'],
    ['spec.nics.0.mac', '01:54:00:12:34:56', 'spec.nics.0.mac'],
    ['spec.nics.0.vlan', 5_000, 'spec.nics.0.vlan'],
    ['cloudInit.user.name', 'Maja Lis', 'cloudInit.user.name'],
    ['cloudInit.user.sshKeys', ['-----BEGIN'], 'cloudInit.user.sshKeys.0'],
    ['cloudInit.network', { kind: 'static', address: '192.0.2.10', gateway: '', dns: [] }, 'cloudInit.network.address'],
    ['cloudInit.network', { kind: 'static', address: '192.0.2.10/24', gateway: 'gw', dns: [] }, 'cloudInit.network.gateway'],
    ['cloudInit.timezone', 'Europe / Berlin', 'cloudInit.timezone'],
    ['spec.cpu.topology', { sockets: 1, cores: 3, threads: 1 }, 'spec.cpu.topology'],
    ['spec.cpu.mode', 'custom', 'spec.cpu.model'],
  ])('%s = %j', (path, value, at) => {
    expect(paths(whole([path, value]))).toEqual([at])
  })
})
