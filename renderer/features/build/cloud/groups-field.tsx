import type { CloudResource } from '../../../../shared/model/index.ts'
import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { fieldId, useField } from '../fields/form-context.ts'
import { useFieldWords } from '../fields/frame.tsx'

const PATH = 'cloud.groupIds'

export interface GroupsFieldProps {
  readonly groups: readonly CloudResource[]
  /** One at most. */
  readonly single: boolean
  /** Why they could not be read, in words. */
  readonly failed: string | null
}

/** Which of the account's security groups decide who may come in. */
export function GroupsField({ groups, single, failed }: GroupsFieldProps) {
  const { t } = useI18n()
  const { value, set, problem, visited } = useField(PATH)
  const { label } = useFieldWords(PATH)
  const chosen: readonly unknown[] = Array.isArray(value) ? value : []
  function toggle(id: string, on: boolean) {
    visited()
    set(single ? (on ? [id] : []) : on ? [...chosen, id] : chosen.filter((one) => one !== id))
  }
  return (
    <fieldset className="field" id={fieldId(PATH)} tabIndex={-1} aria-describedby={`${fieldId(PATH)}-note`}>
      <legend className="visually-hidden">{label}</legend>
      <span className="field-label" aria-hidden>
        {label}
      </span>
      <div>
        {groups.length > 0 && (
          <div className="cloud-groups">
            {groups
              .toSorted((a, b) => compareNames(a.name, b.name))
              .map(({ id, name, properties }) => (
                <label key={id} className="check-line" title={id}>
                  <input
                    type="checkbox"
                    className="check-input"
                    checked={chosen.includes(id)}
                    onChange={(event) => toggle(id, event.target.checked)}
                  />
                  <span>
                    {name || id} <span className="sub">{properties.find(({ key }) => key === 'network')?.value}</span>
                  </span>
                </label>
              ))}
          </div>
        )}
        <div id={`${fieldId(PATH)}-note`}>
          {problem !== null && <p className="form-note bad-text">{problem}</p>}
          {failed !== null && <p className="form-note bad-text">{failed}</p>}
          <p className="form-note">
            {t(
              failed !== null
                ? 'cloud.groups.unread'
                : groups.length === 0
                  ? 'cloud.groups.none'
                  : single
                    ? 'cloud.groups.one'
                    : 'cloud.groups.several',
            )}
          </p>
        </div>
      </div>
    </fieldset>
  )
}
