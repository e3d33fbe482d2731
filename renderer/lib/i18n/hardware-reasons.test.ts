import { expect, test } from 'vitest'
import de from '../../../resources/locales/de.json'
import en from '../../../resources/locales/en.json'
import { EDIT_TIMES, HARDWARE_REASONS, hardwareEditSchema, hardwareReason } from '../../../shared/model/index.ts'

const schemas = import.meta.glob<string>('../../../shared/model/{hardware-edit,machine-spec}.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** What schemas of edits, and of the disks, cards and processors in them, say is wrong. */
function issueCodes(): ReadonlySet<string> {
  const codes = new Set<string>()
  for (const text of Object.values(schemas)) {
    const [parts = ''] = text.split('export const machineSpecSchema')
    for (const [, code = ''] of parts.matchAll(/(?:message: |, |^ *)'([a-z]+(?:-[a-z]+)+)'(?:\)|,$)/gm)) codes.add(code)
  }
  // of a new machine alone
  codes.delete('not-a-machine-name')
  return codes
}

test('whatever a schema finds wrong with an edit has its words in both languages', () => {
  const codes = issueCodes()
  expect([...codes]).toEqual(expect.arrayContaining(['definition-with-password', 'not-an-id-list', 'total-excludes-parts', 'not-a-mac']))
  expect([...codes].filter((code) => !(`hw.issue.${code}` in en && `hw.issue.${code}` in de))).toEqual([])
})

test('each edit, and each time that one counts, has its words in both languages', () => {
  const edits = hardwareEditSchema.options.map(({ shape }) => `hw.edit.${shape.edit.value}`)
  const keys = [...edits, ...EDIT_TIMES.map((when) => `hw.when.${when}`)]
  expect(keys.filter((key) => !(key in en && key in de))).toEqual([])
})

test('each reason has its words in both languages, with the same fields', () => {
  const fields = (text: string | undefined) =>
    [...(text?.matchAll(/\{(\w+)\}/g) ?? [])].map(([, name = '']) => name).toSorted((a, b) => a.localeCompare(b))
  for (const [code, text] of Object.entries(HARDWARE_REASONS)) {
    const key = `reason.${code}` as keyof typeof en
    expect([code, en[key]]).toEqual([code, text])
    expect([code, fields(de[key])]).toEqual([code, fields(text)])
  }
})

test('the words are filled in', () => {
  expect(hardwareReason('hardware.mac-taken', { mac: '52:54:00:00:00:01' })).toEqual({
    code: 'hardware.mac-taken',
    text: 'Another card of the machine has the address 52:54:00:00:00:01.',
    params: { mac: '52:54:00:00:00:01' },
  })
})
