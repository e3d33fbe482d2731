import type { z } from 'zod'
import { type BuildInput, buildInput } from '../../../../shared/contract/build.ts'
import type { BuildOptions, HostId, MachineSpec } from '../../../../shared/model/index.ts'
import { pruned } from './prune.ts'

/** As it stands in a form: a number may be a text that is none (yet). */
export type Draft<T> = T extends string | boolean | null | undefined
  ? T
  : T extends number
    ? number | string
    : T extends readonly (infer One)[]
      ? readonly Draft<One>[]
      : T extends object
        ? { readonly [Key in keyof T]: Draft<T[Key]> }
        : T

/** Every field of the first start; an empty one is not sent. */
export interface FirstStartDraft {
  readonly user: {
    readonly name: string
    readonly fullName: string
    readonly sshKeys: readonly string[]
    readonly password: string
    readonly sudo: 'none' | 'password' | 'no-password'
    readonly shell: string
  }
  readonly packages: readonly string[]
  readonly upgrade: boolean
  readonly guestAgent: boolean
  readonly locale: string
  readonly keyboard: string
  readonly timezone: string
  readonly domain: string
  readonly network: {
    readonly kind: 'image' | 'dhcp' | 'static'
    readonly address: string
    readonly gateway: string
    readonly dns: readonly string[]
  }
  readonly userData: string
}

export type SpecDraft = Draft<MachineSpec>

/** What a request for new machines looks like while it is being filled in. */
export interface BuildDraft {
  readonly hostId: HostId
  readonly name: string
  readonly count: number | string
  readonly first: number | string
  readonly start: boolean
  readonly cloudInit: FirstStartDraft
  readonly spec: SpecDraft
}

/** Where a new machine's system comes from. */
export const SOURCES = ['image', 'iso', 'network', 'existing', 'empty'] as const
export type SourceKind = (typeof SOURCES)[number]

export interface FormState {
  readonly draft: BuildDraft
  readonly source: SourceKind
  /** Whether cloud-init has a say at all, and whether in the user's own words. */
  readonly firstStart: 'choices' | 'user-data' | 'none'
}

export const EMPTY_FIRST_START: FirstStartDraft = {
  user: { name: '', fullName: '', sshKeys: [], password: '', sudo: 'no-password', shell: '/bin/bash' },
  packages: [],
  upgrade: false,
  guestAgent: true,
  locale: '',
  keyboard: '',
  timezone: '',
  domain: '',
  network: { kind: 'image', address: '', gateway: '', dns: [] },
  userData: '',
}

/** Stands in for a password where it is not needed: it goes to the engine once, when the machines are made. */
const NO_PASSWORD = '********'

/** The first start as the contract takes it. */
export function cloudInitOf(draft: FirstStartDraft, kind: FormState['firstStart'], secrets: 'with' | 'without'): unknown {
  if (kind === 'none') return null
  const network =
    draft.network.kind === 'image'
      ? undefined
      : draft.network.kind === 'dhcp'
        ? { kind: 'dhcp' }
        : { ...pruned(draft.network, ['gateway']), dns: draft.network.dns }
  if (kind === 'user-data') return { ...(network && { network }), domain: draft.domain || undefined, userData: draft.userData }
  const user =
    draft.user.name === ''
      ? undefined
      : {
          ...pruned(draft.user, ['fullName', 'password']),
          ...(draft.user.password !== '' && secrets === 'without' && { password: NO_PASSWORD }),
        }
  const { userData: _none, user: _user, network: _network, ...choices } = draft
  return { ...pruned(choices, ['locale', 'keyboard', 'timezone', 'domain']), ...(user && { user }), ...(network && { network }) }
}

/** The specification as the contract takes it. */
export function specOf(spec: SpecDraft): unknown {
  const { model, features, ...cpu } = spec.cpu
  return {
    ...spec,
    title: spec.title === '' ? null : spec.title,
    description: spec.description === '' ? null : spec.description,
    machineType: spec.machineType === '' ? null : spec.machineType,
    cpu: cpu.mode === 'custom' ? { ...cpu, ...(model && { model }), features } : cpu,
    nics: spec.nics.map((nic) => ({ ...nic, mac: nic.mac === '' ? null : nic.mac, vlan: nic.vlan === '' ? null : nic.vlan })),
  }
}

export type Parsed<T> =
  | { readonly input: T; readonly issues: readonly [] }
  | { readonly input: null; readonly issues: readonly z.core.$ZodIssue[] }

/** The request, or what is wrong with it. `without`: the password is left out, for checks. */
export function toInput({ draft, firstStart }: FormState, secrets: 'with' | 'without' = 'without'): Parsed<BuildInput> {
  const parsed = buildInput.safeParse({
    ...draft,
    cloudInit: cloudInitOf(draft.cloudInit, firstStart, secrets),
    spec: specOf(draft.spec),
  })
  return parsed.success ? { input: parsed.data, issues: [] } : { input: null, issues: parsed.error.issues }
}

/** The same without what nobody may find later. */
export function withoutSecrets(form: FormState): FormState {
  const { cloudInit } = form.draft
  return { ...form, draft: { ...form.draft, cloudInit: { ...cloudInit, user: { ...cloudInit.user, password: '' }, userData: '' } } }
}

/** What the form starts from: the host's own defaults. */
export function firstForm(options: BuildOptions): FormState {
  return {
    source: 'image',
    firstStart: 'choices',
    draft: {
      hostId: options.hostId,
      name: '',
      count: 1,
      first: 1,
      start: true,
      cloudInit: EMPTY_FIRST_START,
      spec: options.defaults,
    },
  }
}
