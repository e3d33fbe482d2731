import './text-view.css'
import { useMemo, useRef, useState } from 'react'
import { useI18n } from '../lib/i18n/index.ts'
import { jsonPieces } from '../lib/xml/json-pieces.ts'
import { piecesOf } from '../lib/xml/pieces.ts'
import { CopyButton } from './copy.tsx'

export interface TextViewProps {
  readonly text: string
  readonly format: 'xml' | 'json'
}

/** The machine in the words of what runs it: copied whole, searched by line. */
export function TextView({ text, format }: TextViewProps) {
  const { t } = useI18n()
  const pieces = format === 'json' ? jsonPieces : piecesOf
  const label = t(`machine.view.${format}`)
  const find = t(format === 'json' ? 'machine.json-search' : 'machine.xml-search')
  const [search, setSearch] = useState('')
  const [active, setActive] = useState(0)
  const list = useRef<HTMLPreElement>(null)
  const lines = useMemo(() => text.trimEnd().split('\n'), [text])
  const hits = useMemo(() => {
    const wanted = search.trim().toLowerCase()
    return wanted === '' ? [] : lines.flatMap((line, index) => (line.toLowerCase().includes(wanted) ? [index] : []))
  }, [lines, search])

  function go(to: number) {
    const next = hits.length === 0 ? 0 : (to + hits.length) % hits.length
    setActive(next)
    list.current?.querySelector(`[data-line="${hits[next] ?? -1}"]`)?.scrollIntoView({ block: 'center' })
  }

  return (
    <div className="xml">
      <div className="xml-bar">
        <input
          type="search"
          className="text-input"
          placeholder={find}
          aria-label={find}
          value={search}
          spellCheck={false}
          onChange={(event) => {
            setSearch(event.target.value)
            setActive(0)
            requestAnimationFrame(() => list.current?.querySelector('.hit')?.scrollIntoView({ block: 'center' }))
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            go(active + (event.shiftKey ? -1 : 1))
          }}
        />
        <span className="sub num" role="status">
          {search.trim() !== '' && t('machine.xml-hits', { count: hits.length })}
        </span>
        <span className="grow" />
        <span className="sub num">{t('machine.xml-lines', { count: lines.length })}</span>
        <CopyButton text={text} what={label} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long text has to be scrolled by keyboard, too */}
      <pre ref={list} className="xml-text mono" tabIndex={0} role="region" aria-label={label}>
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other name than its number
          <span key={index} data-line={index} className={hits.includes(index) ? (hits[active] === index ? 'hit now' : 'hit') : undefined}>
            {pieces(line).map((piece, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: parts of one immutable line
              <i key={place} className={piece.role}>
                {piece.text}
              </i>
            ))}
            {'\n'}
          </span>
        ))}
      </pre>
    </div>
  )
}
