import { Button } from '@patternfly/react-core'
import { useI18n } from '../../lib/i18n/index.ts'
import type { Draft, FormProblem } from './create-form.ts'

export interface PortGroupRowsProps {
  readonly groups: Draft['portGroups']
  readonly problem: FormProblem | undefined
  readonly onChange: (groups: Draft['portGroups']) => void
}

/** VLANs by name: a card chooses the name, the switch knows the tag. */
export function PortGroupRows({ groups, problem, onChange }: PortGroupRowsProps) {
  const { t } = useI18n()
  const change = (place: number, part: Partial<Draft['portGroups'][number]>) =>
    onChange(groups.map((group, at) => (at === place ? { ...group, ...part } : group)))
  return (
    <fieldset className="net-groups">
      <legend>{t('network.port-groups')}</legend>
      {groups.map((group, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two may have the same name while it is typed
        <div key={place} className="net-group">
          <input
            className="text-input"
            aria-label={t('network.port-group-name')}
            placeholder={t('network.port-group-name')}
            value={group.name}
            onChange={({ target }) => change(place, { name: target.value })}
          />
          <input
            className="text-input num"
            aria-label={t('network.vlan')}
            placeholder={t('network.vlan')}
            inputMode="numeric"
            value={group.vlan}
            onChange={({ target }) => change(place, { vlan: target.value })}
          />
          <label className="check-line">
            <input
              type="checkbox"
              className="check-input"
              checked={group.isDefault}
              onChange={({ target }) =>
                onChange(
                  groups.map((each, at) => ({ ...each, isDefault: at === place ? target.checked : each.isDefault && !target.checked })),
                )
              }
            />
            <span>{t('network.default-group')}</span>
          </label>
          <Button variant="link" isInline onClick={() => onChange(groups.filter((_group, at) => at !== place))}>
            {t('network.take-away')}
          </Button>
        </div>
      ))}
      <Button variant="link" isInline onClick={() => onChange([...groups, { name: '', vlan: '', isDefault: groups.length === 0 }])}>
        {t('network.add-port-group')}
      </Button>
      {problem && (
        <p className="form-note bad-text" role="alert">
          {t('network.problem.port-group-odd')}
        </p>
      )}
    </fieldset>
  )
}
