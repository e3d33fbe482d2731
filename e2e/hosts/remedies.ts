import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { ErrorKind, WireError } from '../../shared/errors/index.ts'

type Catalogue = Readonly<Record<string, string>>

const LOCALES = ['en', 'de'] as const
const catalogues = new Map(
  LOCALES.map((locale) => [
    locale,
    JSON.parse(readFileSync(new URL(`../../resources/locales/${locale}.json`, import.meta.url), 'utf8')) as Catalogue,
  ]),
)

/** What the page says of errors that name no remedy themselves: see renderer/ui/problem.tsx. */
const BY_CODE: Readonly<Record<string, string>> = {
  'libvirt.polkit-refused': 'join-libvirt-group',
  'libvirt.too-old': 'update-libvirt',
}

/** An error that a person gets: kind and code as agreed, and words about cause and remedy in every language of the page. */
export function expectProblem(error: WireError | null | undefined, kind: ErrorKind, code: string): void {
  expect(error && { kind: error.kind, code: error.code }).toEqual({ kind, code })
  if (!error) return
  expect(error.message.length).toBeGreaterThan(20)
  for (const [locale, catalogue] of catalogues) {
    const named = error.details?.remedy
    const remedy = typeof named === 'string' ? named : BY_CODE[error.code]
    expect(catalogue[`remedy.${remedy}`], `words for ${error.code} in ${locale}`).toBeTruthy()
  }
}
