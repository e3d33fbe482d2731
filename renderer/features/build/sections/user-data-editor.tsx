import './user-data-editor.css'
import { useEffect, useRef, useState } from 'react'
import { toPageError, useApi } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useField } from '../fields/form-context.ts'
import { FieldFrame } from '../fields/frame.tsx'

const REST_MS = 300
const MAX_BYTES = 100_000

interface Mark {
  readonly line: number
  readonly column: number
  readonly text: string
  readonly severity: 'blocks' | 'warns'
}

interface Judgement {
  readonly kind: string | null
  readonly marks: readonly Mark[]
}

/** What cloud-init would make of the text, asked of the engine when typing rests. */
function useJudgement(text: string): { readonly of: Judgement | null; readonly failed: string | null } {
  const api = useApi()
  const i18n = useI18n()
  const [state, setState] = useState<{ readonly text: string; readonly of: Judgement | null; readonly failed: string | null } | null>(null)
  useEffect(() => {
    if (text === '') return undefined
    const abort = new AbortController()
    const timer = setTimeout(() => {
      api.build.checkUserData({ userData: text }, { signal: abort.signal }).then(
        ({ kind, problem, unknownKeys }) => {
          const marks: Mark[] = problem
            ? [
                {
                  line: problem.line,
                  column: problem.column,
                  text: i18n.optional(`build.user-data.reason.${problem.reason}`) ?? problem.text.replace(/^.*column \d+: /, ''),
                  severity: 'blocks',
                },
              ]
            : []
          for (const { key, line, column } of unknownKeys)
            marks.push({ line, column, text: i18n.t('build.user-data.unknown-key', { key }), severity: 'warns' })
          setState({ text, of: { kind, marks }, failed: null })
        },
        (thrown: unknown) => {
          if (!abort.signal.aborted) setState({ text, of: null, failed: i18n.error(toPageError(thrown)) })
        },
      )
    }, REST_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [api, i18n, text])
  // The marks of a moment ago stay until there are others: they must not blink at each key.
  return text === '' ? { of: null, failed: null } : { of: state?.of ?? null, failed: state?.text === text ? state.failed : null }
}

/** A user-data text with its line numbers; what cloud-init could not read is marked where it is. */
export function UserDataEditor({ path }: { readonly path: string }) {
  const { t } = useI18n()
  const { value, set, problem, visited } = useField(path)
  const text = typeof value === 'string' ? value : ''
  const { of: judged, failed } = useJudgement(text)
  const area = useRef<HTMLTextAreaElement>(null)
  const gutter = useRef<HTMLDivElement>(null)
  const lines = text.split('\n')
  const marks = judged?.marks ?? []
  const worst = new Map(marks.toReversed().map((mark) => [mark.line, mark.severity]))

  function go({ line, column }: Mark) {
    const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
    const at = Math.min(text.length, before + column - 1)
    area.current?.focus()
    area.current?.setSelectionRange(at, at)
  }

  return (
    <FieldFrame
      path={path}
      problem={problem}
      note={
        <div role="status">
          {failed !== null && <p className="bad-text">{failed}</p>}
          {judged?.kind && marks.length === 0 && failed === null && <p>{t(`build.user-data.${judged.kind as 'cloud-config'}`)}</p>}
          {judged && judged.kind === null && marks.length === 0 && <p className="bad-text">{t('build.user-data.no-kind')}</p>}
          {marks.map((mark) => (
            <button
              key={`${mark.line}:${mark.column}:${mark.text}`}
              type="button"
              className={`build-mark ${mark.severity === 'blocks' ? 'bad-text' : 'warn-text'}`}
              onClick={() => go(mark)}
            >
              {t('build.user-data.at', { line: mark.line, column: mark.column, text: mark.text })}
            </button>
          ))}
        </div>
      }
    >
      {({ id, describedBy }) => (
        <div className="user-data mono">
          <div className="user-data-gutter num" ref={gutter} aria-hidden>
            {lines.map((_line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other name than its number
              <span key={index} className={worst.get(index + 1)}>
                {index + 1}
              </span>
            ))}
          </div>
          <textarea
            ref={area}
            id={id}
            className="text-input"
            rows={14}
            wrap="off"
            value={text}
            maxLength={MAX_BYTES}
            placeholder={'#cloud-config\npackages:\n  - nginx'}
            aria-describedby={describedBy}
            aria-invalid={problem !== null || marks.some((mark) => mark.severity === 'blocks')}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => set(event.target.value)}
            onBlur={visited}
            onScroll={(event) => {
              if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop
            }}
          />
        </div>
      )}
    </FieldFrame>
  )
}
