import { childOf, childrenOf, parseXml, textOf } from '../../../xml/index.ts'
import { problems } from '../../cloud/index.ts'
import { LABEL } from '../problems.ts'

/** Bytes of a page blob that were written. */
export interface PageRange {
  readonly offset: number
  readonly length: number
}

/** One page of the answer to "Get Page Ranges". */
export interface RangePage {
  readonly ranges: readonly PageRange[]
  /** Where the next page begins, in the service's own word; null: this was the last. */
  readonly marker: string | null
}

/** Throws `protocol` cloud.not-understood. */
export function rangesIn(xml: string): RangePage {
  const list = listIn(xml)
  if (list?.name !== 'PageList') throw problems.notUnderstood(LABEL, 'a list of pages')
  const ranges = childrenOf(list, 'PageRange').map((range): PageRange => {
    const start = Number(textOf(range, 'Start') || Number.NaN)
    const end = Number(textOf(range, 'End') || Number.NaN)
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || end < start) throw problems.notUnderstood(LABEL, 'a range of pages')
    return { offset: start, length: end - start + 1 }
  })
  return { ranges, marker: childOf(list, 'NextMarker')?.text || null }
}

/** What the service says is wrong: its code, and its words without the lines that only number the request. */
export function refusalIn(xml: string): { readonly code: string; readonly message: string } {
  const error = listIn(xml)
  if (error?.name !== 'Error') return { code: '', message: '' }
  const [message = ''] = (textOf(error, 'Message') ?? '').split('\n')
  return { code: textOf(error, 'Code') ?? '', message }
}

/** Null: it is no XML. */
function listIn(xml: string): ReturnType<typeof parseXml> | null {
  try {
    return parseXml(xml.replace(/^\uFEFF/, ''))
  } catch {
    return null
  }
}
