import { Button, Checkbox, Form, FormGroup, Modal, ModalBody, ModalFooter, ModalHeader, TextInput } from '@patternfly/react-core'
import { useMemo, useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import type { ActionDialogProps } from './dialog.ts'
import { LeftOut } from './machine-list.tsx'

/** Adds tags to all, takes tags off those that have them. */
export function TagsDialog({ plan, onRun, onCancel }: ActionDialogProps) {
  const { t } = useI18n()
  const { fits } = plan
  const present = useMemo(() => {
    const counts = new Map<string, number>()
    for (const machine of fits) for (const tag of machine.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
    return [...counts].sort(([a], [b]) => a.localeCompare(b))
  }, [fits])
  const [added, setAdded] = useState('')
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set())
  const addTags = [...new Set(added.split(/[,\s]+/).filter(Boolean))]
  const nothing = addTags.length === 0 && removed.size === 0
  const title = t('tags.title', { count: fits.length })
  return (
    <Modal isOpen variant="small" aria-label={title} onClose={onCancel} elementToFocus="#tags-add">
      <ModalHeader title={title} />
      <ModalBody>
        <Form
          id="tags-form"
          onSubmit={(event) => {
            event.preventDefault()
            if (!nothing) submit()
          }}
        >
          <FormGroup label={t('tags.add')} fieldId="tags-add">
            <TextInput id="tags-add" value={added} placeholder="prod, web" onChange={(_event, value) => setAdded(value)} />
          </FormGroup>
          {present.length > 0 && (
            <FormGroup role="group" label={t('tags.keep')} fieldId="tags-keep">
              {present.map(([tag, count]) => (
                <Checkbox
                  key={tag}
                  id={`tag-${tag}`}
                  label={count === fits.length ? tag : t('tags.some', { tag, count, total: fits.length })}
                  isChecked={!removed.has(tag)}
                  onChange={(_event, keep) => {
                    const next = new Set(removed)
                    if (keep) next.delete(tag)
                    else next.add(tag)
                    setRemoved(next)
                  }}
                />
              ))}
            </FormGroup>
          )}
          <LeftOut plan={plan} />
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button variant="primary" type="submit" form="tags-form" isDisabled={nothing}>
          {t('tags.save')}
        </Button>
        <Button variant="secondary" onClick={onCancel}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )

  function submit() {
    onRun(
      fits.map((machine) => machine.id),
      { action: 'setMetadata', ...(addTags.length > 0 && { addTags }), ...(removed.size > 0 && { removeTags: [...removed] }) },
    )
  }
}
