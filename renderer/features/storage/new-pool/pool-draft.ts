import { type PoolSource, type PoolSpec, type PoolType, poolSpecSchema } from '../../../../shared/model/index.ts'

/** What is typed, for all types at once: changing the type loses nothing. */
export interface PoolDraft {
  readonly type: PoolType
  /** Null: as proposed. */
  readonly name: string | null
  readonly path: string | null
  readonly server: string
  readonly exportPath: string
  readonly format: 'auto' | 'nfs' | 'glusterfs' | 'cifs'
  readonly group: string
  readonly devices: string
  readonly device: string
  readonly label: 'gpt' | 'dos'
  readonly target: string
  readonly monitors: string
  readonly cephPool: string
  readonly zpool: string
  readonly adapter: string
  readonly user: string
  readonly password: string
  readonly autostart: boolean
  readonly build: boolean
  readonly overwrite: boolean
}

export const EMPTY_DRAFT: PoolDraft = {
  type: 'dir',
  name: null,
  path: null,
  server: '',
  exportPath: '',
  format: 'auto',
  group: '',
  devices: '',
  device: '',
  label: 'gpt',
  target: '',
  monitors: '',
  cephPool: '',
  zpool: '',
  adapter: '',
  user: '',
  password: '',
  autostart: true,
  build: false,
  overwrite: false,
}

/** Types of which something can be made that is not there yet. */
export const BUILDABLE: ReadonlySet<PoolType> = new Set(['dir', 'netfs', 'logical', 'disk', 'zfs'])
/** Of those, the ones that write on devices. */
export const WRITES_DEVICES: ReadonlySet<PoolType> = new Set(['logical', 'disk', 'zfs'])
/** Types whose server asks who is there. */
export const WITH_LOGIN: ReadonlySet<PoolType> = new Set(['iscsi', 'rbd'])

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((one) => one !== '')
}

/** The last part of a path, as a name: letters, digits, dots and dashes. */
function stem(text: string): string {
  const last = text.split(/[/:]/).findLast((part) => part !== '') ?? ''
  return last.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+/, '')
}

/** A name that says what it is made of. */
export function proposedName(draft: PoolDraft, taken: ReadonlySet<string>): string {
  const from: Readonly<Record<PoolType, string>> = {
    dir: stem(draft.path ?? ''),
    netfs: stem(draft.exportPath),
    logical: stem(draft.group),
    disk: stem(draft.device),
    iscsi: stem(draft.target),
    rbd: draft.cephPool === '' ? '' : `ceph-${stem(draft.cephPool)}`,
    zfs: stem(draft.zpool),
    scsi: stem(draft.adapter),
  }
  const name = from[draft.type] || (draft.type === 'dir' ? 'images' : draft.type)
  let free = name
  for (let number = 2; taken.has(free); number++) free = `${name}-${number}`
  return free
}

/** Where a folder, or a mount, is put if nobody says. */
export function proposedPath({ type, name, exportPath }: PoolDraft): string {
  if (type === 'netfs') return `/var/lib/libvirt/mounts/${stem(exportPath) || 'export'}`
  return `/srv/${name === null ? 'images' : stem(name) || 'images'}`
}

function sourceOf(draft: PoolDraft): unknown {
  const { type } = draft
  const path = draft.path ?? proposedPath(draft)
  switch (type) {
    case 'dir':
      return { type, path }
    case 'netfs':
      return { type, host: draft.server, exportPath: draft.exportPath, format: draft.format, path }
    case 'logical':
      return { type, group: draft.group, devices: draft.build ? words(draft.devices) : [] }
    case 'disk':
      return { type, device: draft.device, label: draft.label }
    case 'iscsi':
      return { type, host: draft.server, target: draft.target }
    case 'rbd':
      return { type, monitors: words(draft.monitors), pool: draft.cephPool }
    case 'zfs':
      return { type, pool: draft.zpool, devices: draft.build ? words(draft.devices) : [] }
    case 'scsi':
      return { type, adapter: draft.adapter }
  }
}

/** Which field of the form a part of the request is typed in. */
const FIELDS: Readonly<Record<string, keyof PoolDraft>> = {
  name: 'name',
  'source.path': 'path',
  'source.host': 'server',
  'source.exportPath': 'exportPath',
  'source.group': 'group',
  'source.devices': 'devices',
  'source.device': 'device',
  'source.target': 'target',
  'source.monitors': 'monitors',
  'source.adapter': 'adapter',
}

export interface Judged {
  /** Null: something is missing or wrong. */
  readonly spec: PoolSpec | null
  /** What is wrong, by the field: a code of the schema, or `missing`. */
  readonly problems: ReadonlyMap<keyof PoolDraft, string>
}

/** The request that the draft makes, or what is wrong with it. */
export function judge(draft: PoolDraft, taken: ReadonlySet<string>): Judged {
  const { type, autostart } = draft
  const name = draft.name ?? proposedName(draft, taken)
  const build = draft.build && BUILDABLE.has(type)
  const overwrite = build && draft.overwrite && WRITES_DEVICES.has(type)
  const parsed = poolSpecSchema.safeParse({ name, source: sourceOf(draft), autostart, build, overwrite })
  const problems = new Map<keyof PoolDraft, string>()
  if (taken.has(name)) problems.set('name', 'taken')
  if (build && (type === 'logical' || type === 'zfs') && words(draft.devices).length === 0) problems.set('devices', 'missing')
  for (const { path, message, code } of parsed.error?.issues ?? []) {
    const [first, second] = path
    const field =
      second === 'pool'
        ? type === 'rbd'
          ? 'cephPool'
          : 'zpool'
        : FIELDS[second === undefined ? String(first) : `${String(first)}.${String(second)}`]
    if (field && !problems.has(field)) problems.set(field, code === 'too_small' ? 'missing' : message)
  }
  const isEmpty = (field: keyof PoolDraft) => draft[field] === ''
  for (const field of problems.keys()) if (isEmpty(field)) problems.set(field, 'missing')
  return { spec: parsed.success && problems.size === 0 ? parsed.data : null, problems }
}

/** The draft with what the host has found. */
export function withSource(draft: PoolDraft, source: PoolSource): PoolDraft {
  switch (source.type) {
    case 'dir':
      return { ...draft, path: source.path }
    case 'netfs':
      return { ...draft, server: source.host, exportPath: source.exportPath, format: source.format, path: null }
    case 'logical':
      return { ...draft, group: source.group, devices: source.devices.join(' '), build: false }
    case 'disk':
      return { ...draft, device: source.device, label: source.label }
    case 'iscsi':
      return { ...draft, server: source.host, target: source.target }
    case 'rbd':
      return { ...draft, monitors: source.monitors.join(' '), cephPool: source.pool }
    case 'zfs':
      return { ...draft, zpool: source.pool, devices: source.devices.join(' '), build: false }
    case 'scsi':
      return { ...draft, adapter: source.adapter }
  }
}
