import { expect, test } from 'vitest'
import de from '../../../resources/locales/de.json'
import en from '../../../resources/locales/en.json'
import { HARDWARE_REASONS, hardwareReason } from '../../../shared/model/index.ts'

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
