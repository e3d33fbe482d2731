import { problems } from '../cloud/index.ts'

/** Names are used again after a deletion: the numeric id is the identity, the rest is where to ask. */
export interface MachineRef {
  readonly project: string
  readonly zone: string
  readonly name: string
  readonly id: string
}

export const refOf = ({ project, zone, name, id }: MachineRef): string => `${project}/${zone}/${name}/${id}`

/** Throws `not-found`: what is no reference of this provider names no machine. */
export function parseRef(ref: string): MachineRef {
  const [project, zone, name, id, ...rest] = ref.split('/')
  if (!project || !zone || !name || !id || rest.length > 0) throw problems.machineNotFound()
  return { project, zone, name, id }
}

/** The last part of a link or of a partial one: `…/zones/europe-west1-b/machineTypes/e2-medium`. Links are read, never followed. */
export const lastOf = (link: string | null | undefined): string | null => link?.split('/').at(-1) || null

/** From `projects/` on: what one disk or image is called everywhere. Null for what is no link. */
export function pathOf(link: string | null | undefined): string | null {
  const at = link?.indexOf('projects/') ?? -1
  return link && at >= 0 ? link.slice(at) : null
}

export const regionOf = (zone: string): string => zone.slice(0, zone.lastIndexOf('-'))

/** A disk's path taken apart; null: it is none of a zone. */
export function zonalDisk(path: string): { readonly project: string; readonly zone: string; readonly disk: string } | null {
  const found = /^projects\/([^/]+)\/zones\/([^/]+)\/disks\/([^/]+)$/.exec(path)
  return found ? { project: found[1] as string, zone: found[2] as string, disk: found[3] as string } : null
}
