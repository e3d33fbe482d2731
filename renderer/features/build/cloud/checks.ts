import type { BuildFinding, CloudResource, MachineType } from '../../../../shared/model/index.ts'
import type { MessageKey } from '../../../lib/i18n/index.ts'
import { tagProblem } from '../../../lib/machine/index.ts'
import { keysOf } from '../model/public-keys.ts'
import type { CloudDraft } from './draft.ts'
import type { CloudRules } from './rules.ts'

/** What is known of the place while the form is filled in; what has not been read yet is empty. */
export interface Surroundings {
  readonly rules: CloudRules
  readonly types: readonly MachineType[]
  readonly images: readonly CloudResource[]
  readonly subnets: readonly CloudResource[]
  readonly groups: readonly CloudResource[]
  /** Names of machines that are there. */
  readonly names: ReadonlySet<string>
}

/** A field that is not there yet, or that is not right. */
export interface Issue {
  readonly path: string
  readonly text: MessageKey
}

const USER = /^[a-z_][a-z0-9_-]{0,31}$/
const MAX_NAME = 63
const MAX_TAGS = 50

/** What the form itself lacks, in its order. */
export function issuesOf(draft: CloudDraft, { rules, subnets, images }: Surroundings): readonly Issue[] {
  const issues: Issue[] = []
  const say = (path: keyof CloudDraft, text: MessageKey) => issues.push({ path: `cloud.${path}`, text })
  const name = draft.name.trim()
  if (name === '') say('name', 'build.issue.missing')
  else if (name.length > MAX_NAME) say('name', 'cloud.issue.name-long')
  else if (rules.name?.test(name) === false) say('name', rules.groups === 'words' ? 'cloud.issue.name-gcp' : 'cloud.issue.name-azure')
  if (rules.zone === 'needed' && draft.zone.trim() === '') say('zone', 'cloud.issue.zone')
  if (draft.imageId.trim() === '') say('imageId', 'build.issue.missing')
  if (draft.type.trim() === '') say('type', 'build.issue.missing')
  if (rules.subnet === 'one-or-needed' && draft.subnetId === '' && subnets.length !== 1) say('subnetId', 'cloud.issue.subnet')
  const key = draft.sshKey.trim()
  if (key !== '') {
    const found = keysOf(key)
    if (found.kind === 'private') say('sshKey', 'cloud.issue.private-key')
    else if (found.kind === 'none' || found.keys.length > 1) say('sshKey', 'cloud.issue.not-a-key')
  } else if (rules.keyNeeded && draft.keyName === '' && accountsOf(draft, images) === 'made') say('sshKey', 'cloud.issue.key')
  const user = draft.user.trim()
  if (user !== '' && !USER.test(user)) say('user', 'build.issue.not-a-user-name')
  else if (user === '' && rules.userNeeded && key !== '') say('user', 'cloud.issue.user')
  if (draft.tags.some((line) => tagProblem(line, draft.tags) !== null)) say('tags', 'cloud.tag.wrong')
  else if (draft.tags.length > MAX_TAGS) say('tags', 'cloud.issue.tags')
  return issues
}

/** What would go wrong, or surprise, though the form is whole. */
export function findingsOf(draft: CloudDraft, { rules, types, images, subnets, groups, names }: Surroundings): readonly BuildFinding[] {
  const found: BuildFinding[] = []
  const say = (severity: BuildFinding['severity'], code: string, field: keyof CloudDraft, params: BuildFinding['params'], text: string) =>
    found.push({ severity, code: `cloud.${code}`, field: `cloud.${field}`, params, text, mend: null })
  const name = draft.name.trim()
  if (names.has(name)) say('warns', 'name-there', 'name', { name }, `There is a machine named ${name} here already.`)
  const subnet = subnets.find(({ id }) => id === draft.subnetId)
  const network = subnet ? propertyOf(subnet, 'network') : undefined
  for (const group of groups) {
    const own = propertyOf(group, 'network')
    if (draft.groupIds.includes(group.id) && network !== undefined && own !== undefined && own !== network) {
      say('blocks', 'group-elsewhere', 'groupIds', { group: group.name, network: own }, `${group.name} belongs to another network, ${own}.`)
    }
  }
  const image = images.find(({ id }) => id === draft.imageId)
  const type = types.find((one) => one.name === draft.type)
  const needs = image ? archOfImage(image) : null
  if (image && type && needs !== null && otherArch(type, needs)) {
    const has = type.arch ?? ''
    const text = `The image ${image.name} is for ${needs}, and ${type.name} is ${has}.`
    say('blocks', 'arch-differs', 'type', { image: image.name, needs, type: type.name, has }, text)
  }
  if (rules.passwordUnkept && accountsOf(draft, images) === 'windows') {
    const text = 'Windows gets a random password that nobody keeps. To log in, set your own with Azure’s “Reset password”.'
    say('warns', 'windows-password', 'user', {}, text)
  }
  if (accountsOf(draft, images) === 'copied') {
    say('warns', 'image-is-copy', 'user', {}, 'This image is a copy of a machine with its accounts. User and key given here are not used.')
  }
  if (draft.keyName === '' && draft.sshKey.trim() === '' && !rules.keyNeeded) {
    say('warns', 'no-key', 'sshKey', {}, 'No key is given: whoever the image lets in by itself can log in, often nobody.')
  }
  return found
}

/** How it comes to accounts that can log in: made at its start, those of the machine that the image is a copy of, or as Windows does. */
function accountsOf({ imageId }: CloudDraft, images: readonly CloudResource[]): 'made' | 'copied' | 'windows' {
  const image = images.find(({ id }) => id === imageId)
  if (image && propertyOf(image, 'kind') === 'Specialized') return 'copied'
  const os = image && propertyOf(image, 'os')
  return os === 'Windows' || (os === undefined && /^MicrosoftWindows\w*:/i.test(imageId)) ? 'windows' : 'made'
}

function propertyOf({ properties }: CloudResource, name: string): string | undefined {
  return properties.find(({ key }) => key.toLowerCase() === name)?.value
}

const ARCHES: Readonly<Record<string, string>> = { x86_64: 'x86_64', x64: 'x86_64', amd64: 'x86_64', arm64: 'arm64', aarch64: 'arm64' }

/** What an image runs on; null: it does not say. */
export function archOfImage(image: CloudResource): string | null {
  return archOf(propertyOf(image, 'arch') ?? propertyOf(image, 'architecture'))
}

/** The type has another architecture than what is needed, for certain. */
export function otherArch({ arch }: Pick<MachineType, 'arch'>, needs: string): boolean {
  const has = archOf(arch ?? undefined)
  return has !== null && has !== needs
}

function archOf(text: string | undefined): string | null {
  return ARCHES[text?.toLowerCase() ?? ''] ?? null
}
