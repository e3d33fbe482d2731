import './cloud-machine.css'
import { Button } from '@patternfly/react-core'
import { RhUiCloseIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-close-icon'
import { useT } from '../../lib/i18n/index.ts'
import { type TagLine, tagProblem } from '../../lib/machine/index.ts'

export interface TagRowsProps {
  readonly lines: readonly TagLine[]
  readonly onChange: (lines: readonly TagLine[]) => void
}

/** Tags as keys with their values, one a line. */
export function TagRows({ lines, onChange }: TagRowsProps) {
  const t = useT()
  const change = (id: number, part: Partial<TagLine>) => onChange(lines.map((line) => (line.id === id ? { ...line, ...part } : line)))
  return (
    <div className="tag-rows">
      {lines.map((line, at) => {
        const problem = tagProblem(line, lines)
        const number = { number: at + 1 }
        const common = {
          type: 'text',
          className: 'text-input',
          autoComplete: 'off',
          spellCheck: false,
          'aria-invalid': problem !== null,
        } as const
        return (
          <div key={line.id} className="tag-row">
            <input
              {...common}
              aria-label={t('cloud.tag.key-of', number)}
              placeholder={t('cloud.tag.key')}
              value={line.key}
              onChange={(event) => change(line.id, { key: event.target.value })}
            />
            <span className="sub">=</span>
            <input
              {...common}
              aria-label={t('cloud.tag.value-of', number)}
              placeholder={t('cloud.tag.value')}
              value={line.value}
              onChange={(event) => change(line.id, { value: event.target.value })}
            />
            <Button
              variant="plain"
              size="sm"
              aria-label={t('cloud.tag.remove', number)}
              icon={<RhUiCloseIcon />}
              onClick={() => onChange(lines.filter(({ id }) => id !== line.id))}
            />
            {problem !== null && (
              <p className="form-note bad-text" role="alert">
                {t(problem)}
              </p>
            )}
          </div>
        )
      })}
      <Button
        variant="link"
        isInline
        onClick={() => onChange([...lines, { id: Math.max(-1, ...lines.map(({ id }) => id)) + 1, key: '', value: '' }])}
      >
        {t('cloud.tag.add')}
      </Button>
    </div>
  )
}
