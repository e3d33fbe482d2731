import type { CloudMachineSpec, CloudResource, HostId } from '../../../../shared/model/index.ts'
import { type TagLine, tagsOfLines } from '../../../lib/machine/index.ts'
import { keysOf } from '../model/public-keys.ts'

/** The form as it is filled in. Empty texts stand for "not chosen". */
export interface CloudDraft {
  readonly name: string
  readonly zone: string
  readonly imageId: string
  readonly type: string
  readonly subnetId: string
  readonly groupIds: readonly string[]
  readonly publicAddress: boolean
  readonly keyName: string
  readonly sshKey: string
  readonly user: string
  readonly tags: readonly TagLine[]
}

export const EMPTY_DRAFT: CloudDraft = {
  name: '',
  zone: '',
  imageId: '',
  type: '',
  subnetId: '',
  groupIds: [],
  publicAddress: false,
  keyName: '',
  sshKey: '',
  user: '',
  tags: [],
}

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim())

export function specOf(draft: CloudDraft): CloudMachineSpec {
  return {
    name: draft.name.trim(),
    zone: orNull(draft.zone),
    type: draft.type.trim(),
    imageId: draft.imageId.trim(),
    subnetId: orNull(draft.subnetId),
    groupIds: [...draft.groupIds],
    publicAddress: draft.publicAddress,
    keyName: orNull(draft.keyName),
    sshKey: orNull(draft.sshKey),
    user: orNull(draft.user),
    tags: [...tagsOfLines(draft.tags)],
  }
}

/** In another place of the same cloud or another: what is named there is not here. */
export function elsewhere(draft: CloudDraft): CloudDraft {
  return { ...EMPTY_DRAFT, name: draft.name, publicAddress: draft.publicAddress, sshKey: draft.sshKey, user: draft.user, tags: draft.tags }
}

/** The form as it was left. */
export interface KeptCloudForm {
  readonly hostId: HostId
  readonly draft: CloudDraft
  /** What is known of the chosen image, which no search need find again. */
  readonly image: CloudResource | null
}

/** The same without a key that is not a public one: whatever was pasted there by mistake is not kept. */
export function withoutPrivate(form: KeptCloudForm): KeptCloudForm {
  return keysOf(form.draft.sshKey).kind === 'public' ? form : { ...form, draft: { ...form.draft, sshKey: '' } }
}

/** For a place: as it was left there, what holds elsewhere of one that was left in another, or empty. */
export function formFor(hostId: HostId, kept: KeptCloudForm | null): KeptCloudForm {
  if (kept?.hostId === hostId) return kept
  return { hostId, draft: kept ? elsewhere(kept.draft) : EMPTY_DRAFT, image: null }
}
