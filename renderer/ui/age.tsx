import { useI18n } from '../lib/i18n/index.ts'
import { useTicking } from '../lib/time/ticker.ts'

/** A running age: "2 s", "4 min". The absolute time stands in the hover text. */
export function Age({ atMs, ago = false }: { readonly atMs: number; readonly ago?: boolean }) {
  const { t, format } = useI18n()
  const span = useTicking((nowMs) => format.span(nowMs - atMs))
  return (
    <time className="num" dateTime={new Date(atMs).toISOString()} title={format.absolute(atMs)}>
      {ago ? t('age.ago', { age: span }) : span}
    </time>
  )
}
