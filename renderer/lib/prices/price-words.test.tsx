import { render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import type { ListPrice } from '../../../shared/prices/index.ts'
import { I18nProvider, useI18n } from '../i18n/index.ts'
import { priceDifference, priceLabel } from './index.ts'

const price = (usdPerHour: number): ListPrice => ({ usdPerHour, kind: 'list', asOf: '2026-02-09', dateIs: 'stated', source: 'a list' })

function Words({ now, then }: { readonly now: ListPrice | null; readonly then: ListPrice | null }) {
  const i18n = useI18n()
  return (
    <>
      <p>{then ? priceLabel(then, i18n) : 'none'}</p>
      <p>{priceDifference(now, then, i18n) ?? '–'}</p>
    </>
  )
}

const show = (language: 'en' | 'de', now: ListPrice | null, then: ListPrice | null) =>
  render(
    <I18nProvider language={language}>
      <Words now={now} then={then} />
    </I18nProvider>,
  )

test('a figure names its kind and its date; a difference says which way', () => {
  show('en', price(0.1), price(0.143))
  expect(screen.getByText('list price, Feb 9, 2026')).toBeVisible()
  expect(screen.getByText('+$31 a month list')).toBeVisible()
})

test('in German as well', () => {
  show('de', price(0.143), price(0.1))
  expect(screen.getByText('Listenpreis, 09.02.2026')).toBeVisible()
  expect(screen.getByText(/−31\s\$ im Monat laut Liste/)).toBeVisible()
})

test('of what is not known there is no difference', () => {
  show('en', null, price(0.1))
  expect(screen.getByText('–')).toBeVisible()
})
