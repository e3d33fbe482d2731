import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useState } from 'react'
import type { AppError } from '../../../shared/errors/index.ts'
import type { Machine } from '../../../shared/model/index.ts'
import { machineNameSchema } from '../../../shared/model/machine-spec.ts'
import { TEMPLATE_FIELDS } from '../../../shared/model/template.ts'
import { toPageError, useApi } from '../../lib/api/index.ts'
import { compareNames, useI18n } from '../../lib/i18n/index.ts'
import { useIndexVersion, useLive, useTable } from '../../lib/live/index.ts'
import { Problem } from '../../ui/index.ts'
import type { TemplateField } from './model/clone-draft.ts'

export interface TemplateDialogProps {
  readonly machine: Machine
  readonly onClose: () => void
}

/** The next version that a family gets on a host. */
function useNextVersion(hostId: string, family: string): number {
  const { index, store } = useLive()
  useIndexVersion()
  let last = 0
  for (const id of index.members(`host/${hostId}`)) {
    const template = store.get('machine', id)?.template
    if (template?.family === family) last = Math.max(last, template.version)
  }
  return last + 1
}

/** Makes a template of a machine: its family, what may change in what comes of it, and where its disks go. */
export function TemplateDialog({ machine, onClose }: TemplateDialogProps) {
  const i18n = useI18n()
  const { t } = i18n
  const api = useApi()
  const pools = useTable('pool')
    .filter((pool) => pool.hostId === machine.hostId && pool.active)
    .toSorted((a, b) => compareNames(a.name, b.name))
  const [family, setFamily] = useState(machine.template?.family ?? machine.name.replace(/[-_.]?\d+$/, '') ?? machine.name)
  const [changeable, setChangeable] = useState<ReadonlySet<TemplateField>>(new Set(machine.template?.changeable ?? TEMPLATE_FIELDS))
  const [pool, setPool] = useState('')
  const [description, setDescription] = useState('')
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const version = useNextVersion(machine.hostId, family.trim())
  const good = machineNameSchema.safeParse(family.trim()).success
  const title = t('template.title', { name: machine.name })

  async function make() {
    if (pending || !good) return
    setPending(true)
    setError(null)
    try {
      await api.build.makeTemplate({
        machineId: machine.id,
        family: family.trim(),
        changeable: TEMPLATE_FIELDS.filter((field) => changeable.has(field)),
        pool: pool === '' ? null : pool,
        ...(description.trim() !== '' && { description: description.trim() }),
        token: crypto.randomUUID(),
      })
      onClose()
    } catch (thrown) {
      setError(toPageError(thrown, 'command'))
      setPending(false)
    }
  }

  return (
    <Modal isOpen variant="small" aria-label={title} onClose={onClose} elementToFocus="#template-family">
      <ModalHeader title={title} />
      <ModalBody>
        <form
          id="template-form"
          onSubmit={(event) => {
            event.preventDefault()
            void make()
          }}
        >
          <p className="dialog-text">{t('template.text')}</p>
          <div className="field">
            <label htmlFor="template-family">{t('template.family')}</label>
            <div>
              <input
                id="template-family"
                className="text-input"
                value={family}
                maxLength={120}
                aria-invalid={!good}
                aria-describedby="template-family-note"
                autoComplete="off"
                spellCheck={false}
                onChange={(event) => setFamily(event.target.value)}
              />
              <p id="template-family-note" className={`form-note${good ? '' : ' bad-text'}`}>
                {good ? t('template.becomes', { family: family.trim(), version }) : t('build.issue.not-a-machine-name')}
              </p>
            </div>
          </div>
          <div className="field">
            <label htmlFor="template-pool">{t('build.column.pool')}</label>
            <select id="template-pool" className="text-input" value={pool} onChange={(event) => setPool(event.target.value)}>
              <option value="">{t('build.clone-beside')}</option>
              {pools.map((one) => (
                <option key={one.id} value={one.name}>
                  {one.name}
                </option>
              ))}
            </select>
          </div>
          <fieldset className="field">
            <legend className="visually-hidden">{t('template.changeable')}</legend>
            <span className="field-label" aria-hidden>
              {t('template.changeable')}
            </span>
            <div>
              {TEMPLATE_FIELDS.map((field) => (
                <label key={field} className="check-line">
                  <input
                    type="checkbox"
                    className="check-input"
                    checked={changeable.has(field)}
                    onChange={(event) => {
                      const next = new Set(changeable)
                      if (event.target.checked) next.add(field)
                      else next.delete(field)
                      setChangeable(next)
                    }}
                  />
                  {t(`template.field.${field}`)}
                </label>
              ))}
            </div>
          </fieldset>
          <div className="field">
            <label htmlFor="template-description">{t('template.description')}</label>
            <textarea
              id="template-description"
              className="text-input"
              value={description}
              onChange={(event) => setDescription(event.target.value)}
            />
          </div>
          {error && <Problem error={error} />}
        </form>
      </ModalBody>
      <ModalFooter>
        <Button variant="primary" type="submit" form="template-form" isDisabled={!good || pending} isLoading={pending}>
          {t('template.do', { version })}
        </Button>
        <Button variant="secondary" onClick={onClose}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
