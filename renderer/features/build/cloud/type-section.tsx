import { useMemo } from 'react'
import type { CloudResource, MachineType } from '../../../../shared/model/index.ts'
import type { ListPrice } from '../../../../shared/prices/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { TypeChooser } from '../../machine-types/index.ts'
import { TextField } from '../fields/fields.tsx'
import { fieldId, useField } from '../fields/form-context.ts'
import { useFieldWords } from '../fields/frame.tsx'
import { archOfImage, otherArch } from './checks.ts'
import type { CloudRules } from './rules.ts'
import { Section } from './sections.tsx'

const PATH = 'cloud.type'

export interface TypeSectionProps {
  readonly types: readonly MachineType[]
  /** What a type costs by the list; null: not known. */
  readonly priceOf: (name: string) => ListPrice | null
  /** It is not known yet where in the place it will run, and so not what it costs. */
  readonly isUnplaced: boolean
  readonly image: CloudResource | undefined
  readonly rules: CloudRules
  readonly reading: boolean
  readonly failed: string | null
}

/** The types of the place; those that the chosen image would not start on are said to be so. */
export function TypeSection({ types, priceOf, isUnplaced, image, rules, reading, failed }: TypeSectionProps) {
  const { t } = useI18n()
  const { value, set, problem, visited } = useField(PATH)
  const { label } = useFieldWords(PATH)
  const needs = image ? archOfImage(image) : null
  const priced = useMemo(
    () =>
      types.map((type) => ({
        ...type,
        price: priceOf(type.name),
        reason: type.reason ?? (needs !== null && otherArch(type, needs) ? t('cloud.type.other-arch', { needs }) : null),
      })),
    [types, priceOf, needs, t],
  )
  if (failed !== null && types.length === 0) {
    return (
      <Section id="type">
        <TextField
          path={PATH}
          placeholder={rules.typeForm}
          note={
            <>
              <span className="bad-text">{failed}</span> {t('cloud.type.name-it')}
            </>
          }
        />
      </Section>
    )
  }
  return (
    <Section id="type">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- it only watches when the focus leaves it */}
      <fieldset
        className="cloud-type"
        id={fieldId(PATH)}
        tabIndex={-1}
        aria-describedby={problem === null ? undefined : `${fieldId(PATH)}-note`}
        onBlur={({ currentTarget, relatedTarget }) => {
          if (!currentTarget.contains(relatedTarget)) visited()
        }}
      >
        <legend className="visually-hidden">{label}</legend>
        <TypeChooser
          types={priced}
          isReading={reading && types.length === 0}
          failed={failed}
          present={null}
          chosen={typeof value === 'string' && value !== '' ? value : null}
          onChoose={set}
          {...(isUnplaced && { noPrices: t(rules.zone === 'needed' ? 'cloud.type.price-by-zone' : 'cloud.type.price-by-subnet') })}
        />
        {problem !== null && (
          <p id={`${fieldId(PATH)}-note`} className="form-note bad-text">
            {problem}
          </p>
        )}
      </fieldset>
    </Section>
  )
}
