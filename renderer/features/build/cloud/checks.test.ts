import { expect, test } from 'vitest'
import type { CloudResource, CloudResourceKind, MachineType } from '../../../../shared/model/index.ts'
import { findingsOf, issuesOf, type Surroundings } from './checks.ts'
import { type CloudDraft, EMPTY_DRAFT, elsewhere, specOf } from './draft.ts'
import { RULES } from './rules.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxzb21la2V5 maja@workstation'

function resource(kind: CloudResourceKind, id: string, properties: Readonly<Record<string, string>> = {}): CloudResource {
  const rest = { region: null, zone: null, state: null, sizeBytes: null, createdAtMs: null, usedBy: [], tags: [] }
  return { kind, id, name: id, ...rest, properties: Object.entries(properties).map(([key, value]) => ({ key, value })) }
}

function around(cloud: keyof typeof RULES, change: Partial<Surroundings> = {}): Surroundings {
  return { rules: RULES[cloud], types: [], images: [], subnets: [], groups: [], names: new Set(), ...change }
}

const draft = (change: Partial<CloudDraft> = {}): CloudDraft => ({
  ...EMPTY_DRAFT,
  name: 'web-1',
  imageId: 'ami-1',
  type: 't3.small',
  ...change,
})
const said = (of: CloudDraft, where: Surroundings) => issuesOf(of, where).map(({ path, text }) => `${path} ${text}`)
const found = (of: CloudDraft, where: Surroundings) => findingsOf(of, where).map(({ severity, code }) => `${severity} ${code}`)

test('AWS needs a name, an image and a type', () => {
  expect(said(EMPTY_DRAFT, around('aws'))).toEqual([
    'cloud.name build.issue.missing',
    'cloud.imageId build.issue.missing',
    'cloud.type build.issue.missing',
  ])
  expect(said(draft({ name: 'Web server, 1' }), around('aws'))).toEqual([])
})

test('Google Cloud needs a zone, a name of its own form, and a user for a key', () => {
  expect(said(draft({ name: 'Web_1', sshKey: KEY }), around('gcp'))).toEqual([
    'cloud.name cloud.issue.name-gcp',
    'cloud.zone cloud.issue.zone',
    'cloud.user cloud.issue.user',
  ])
  expect(said(draft({ zone: 'europe-west3-a', sshKey: KEY, user: 'maja' }), around('gcp'))).toEqual([])
})

test('Azure needs a subnet unless there is just one, and a key', () => {
  expect(said(draft(), around('azure'))).toEqual(['cloud.subnetId cloud.issue.subnet', 'cloud.sshKey cloud.issue.key'])
  expect(said(draft({ keyName: 'ops' }), around('azure', { subnets: [resource('subnet', 'one')] }))).toEqual([])
})

test('Azure: of Windows and of a copy of a machine no key is asked for, and what that means is said', () => {
  const subnets = [resource('subnet', 'one')]
  const windows = 'MicrosoftWindowsServer:WindowsServer:2025-datacenter:latest'
  const images = [resource('image', 'own', { os: 'Windows' }), resource('image', 'copy', { os: 'Windows', kind: 'Specialized' })]
  const where = around('azure', { subnets, images })
  for (const [imageId, finding] of [
    [windows, 'warns cloud.windows-password'],
    ['own', 'warns cloud.windows-password'],
    ['copy', 'warns cloud.image-is-copy'],
  ] as const) {
    expect(said(draft({ imageId }), where)).toEqual([])
    expect(found(draft({ imageId }), where)).toEqual([finding])
  }
  expect(said(draft({ imageId: 'Debian:debian-13:13-gen2:latest' }), where)).toEqual(['cloud.sshKey cloud.issue.key'])
})

test('a private key is never taken for a public one', () => {
  expect(said(draft({ sshKey: '-----BEGIN OPENSSH PRIVATE KEY-----\nx' }), around('aws'))).toEqual(['cloud.sshKey cloud.issue.private-key'])
  expect(said(draft({ sshKey: 'hunter2' }), around('aws'))).toEqual(['cloud.sshKey cloud.issue.not-a-key'])
})

test('what would surprise is said before: a name twice, no key, a group of another network, another architecture', () => {
  const types: readonly MachineType[] = [{ name: 't4g.small', vcpus: 2, memoryKiB: 1, arch: 'arm64', family: null, gpus: 0, reason: null }]
  const where = around('aws', {
    types,
    images: [resource('image', 'ami-1', { arch: 'x86_64' })],
    subnets: [resource('subnet', 'subnet-1', { network: 'vpc-1' })],
    groups: [resource('firewall', 'sg-1', { network: 'vpc-2' }), resource('firewall', 'sg-2', { network: 'vpc-1' })],
    names: new Set(['web-1']),
  })
  expect(found(draft({ type: 't4g.small', subnetId: 'subnet-1', groupIds: ['sg-1', 'sg-2'] }), where)).toEqual([
    'warns cloud.name-there',
    'blocks cloud.group-elsewhere',
    'blocks cloud.arch-differs',
    'warns cloud.no-key',
  ])
  expect(found(draft({ name: 'web-2', keyName: 'ops', groupIds: ['sg-1'] }), where)).toEqual([])
})

test('what is sent: empty is null, tags are one string each, blanks are cut', () => {
  const tags = [
    { id: 0, key: ' env ', value: 'prod' },
    { id: 1, key: '', value: '' },
  ]
  expect(specOf(draft({ name: ' web-1 ', tags, publicAddress: true }))).toEqual({
    name: 'web-1',
    zone: null,
    type: 't3.small',
    imageId: 'ami-1',
    subnetId: null,
    groupIds: [],
    publicAddress: true,
    keyName: null,
    sshKey: null,
    user: null,
    tags: ['env=prod'],
  })
})

test('in another place only what is not named there stays', () => {
  expect(elsewhere(draft({ subnetId: 's', keyName: 'ops', user: 'maja' }))).toEqual({ ...EMPTY_DRAFT, name: 'web-1', user: 'maja' })
})
