import { FormGroup } from '@patternfly/react-core'
import { useI18n } from '../../../lib/i18n/index.ts'

const GIB = 2 ** 30
/** As the contract takes it: from one MiB to one PiB. */
const LEAST = 2 ** 20
const MOST = 2 ** 50

/** Bytes of what was typed as GiB; null: that is no size. */
export function bytesOf(text: string): number | null {
  if (!/^\s*\d+([.,]\d+)?\s*$/.test(text)) return null
  const bytes = Math.round(Number(text.trim().replace(',', '.')) * GIB)
  return bytes >= LEAST && bytes <= MOST ? bytes : null
}

/** Bytes as they are typed: GiB with three places at most, never less than there are. */
export function typedOf(bytes: number, language: string): string {
  const text = String(Math.ceil((bytes / GIB) * 1_000) / 1_000)
  return language === 'de' ? text.replace('.', ',') : text
}

export interface SizeFieldProps {
  readonly id: string
  readonly value: string
  readonly problem: string | null
  readonly note?: string | undefined
  readonly onChange: (value: string) => void
}

export function SizeField({ id, value, problem, note, onChange }: SizeFieldProps) {
  const { t } = useI18n()
  return (
    <FormGroup label={t('storage.size')} fieldId={id}>
      <span className="with-unit">
        <input
          id={id}
          type="text"
          inputMode="decimal"
          className="text-input short num"
          value={value}
          aria-invalid={problem !== null}
          aria-describedby={`${id}-note`}
          autoComplete="off"
          onChange={(event) => onChange(event.target.value)}
        />
        <span className="sub">GiB</span>
      </span>
      <p id={`${id}-note`} className={`form-note${problem === null ? '' : ' bad-text'}`}>
        {problem ?? note ?? ''}
      </p>
    </FormGroup>
  )
}
