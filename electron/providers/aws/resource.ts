import type { Filter, Tag } from '@aws-sdk/client-ec2'
import { type CloudResource, type CloudResourceKind, tagOf } from '../../../shared/model/index.ts'
import { NAME_TAG } from './facts.ts'

interface Page<T> {
  readonly items: readonly T[] | undefined
  readonly NextToken: string | undefined
}

/** All pages of a list. */
export async function everyPage<T>(read: (token: { NextToken?: string }) => Promise<Page<T>>): Promise<readonly T[]> {
  const all: T[] = []
  let token: string | undefined
  do {
    const page = await read(token === undefined ? {} : { NextToken: token })
    all.push(...(page.items ?? []))
    token = page.NextToken === '' ? undefined : page.NextToken
  } while (token !== undefined)
  return all
}

export function nameOf(tags: readonly Tag[] | undefined): string | null {
  const name = tags?.find(({ Key }) => Key === NAME_TAG)?.Value ?? ''
  return name === '' ? null : name
}

export function properties(values: Readonly<Record<string, string | number | boolean | null | undefined>>): CloudResource['properties'] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined || value === null || value === '' ? [] : { key, value: String(value) },
  )
}

export function resource(
  kind: CloudResourceKind,
  region: string,
  id: string | undefined,
  tags: readonly Tag[] | undefined,
  more: Partial<CloudResource>,
): CloudResource {
  return {
    kind,
    id: id ?? '',
    name: nameOf(tags) ?? id ?? '',
    region,
    zone: null,
    state: null,
    sizeBytes: null,
    createdAtMs: null,
    usedBy: [],
    tags: (tags ?? []).flatMap(({ Key, Value }) => (Key === undefined || Key === NAME_TAG ? [] : tagOf(Key, Value ?? ''))).toSorted(),
    properties: [],
    ...more,
  }
}

export function filter(Name: string, ...Values: string[]): Filter {
  return { Name, Values }
}
