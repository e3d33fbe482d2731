import { Checkbox, FormGroup, SearchInput, TextArea, TextInput } from '@patternfly/react-core'
import { useMemo, useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import type { ActionDialogProps } from './dialog.ts'
import { FormDialog } from './form-dialog.tsx'
import { Help } from './help.tsx'
import { LeftOut } from './machine-list.tsx'
import { countTags, isOfCloud, replacedBy, type TagCount, typedTags } from './tag-edit.ts'

/** More than these are found by searching. */
const SHOWN = 40

/** Adds tags to all, takes tags off those that have them. */
export function TagsDialog({ plan, onRun, onCancel }: ActionDialogProps) {
  const { t } = useI18n()
  const { fits } = plan
  const present = useMemo(() => countTags(fits), [fits])
  const hasClouds = useMemo(() => fits.some((machine) => machine.cloud !== null), [fits])
  const [added, setAdded] = useState('')
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set())
  const addTags = typedTags(added, hasClouds)
  const replacing = useMemo(
    () => typedTags(added, hasClouds).map((tag) => ({ tag, count: hasClouds ? replacedBy(tag, fits) : 0 })),
    [added, hasClouds, fits],
  )
  return (
    <FormDialog
      title={t('tags.title', { count: fits.length })}
      submit={t('tags.save')}
      disabled={addTags.length === 0 && removed.size === 0}
      focus="#tags-add"
      onSubmit={() =>
        onRun(
          fits.map((machine) => machine.id),
          {
            action: 'setMetadata',
            ...(addTags.length > 0 && { addTags: [...addTags] }),
            ...(removed.size > 0 && { removeTags: [...removed] }),
          },
        )
      }
      onCancel={onCancel}
    >
      <FormGroup label={t(hasClouds ? 'tags.add-lines' : 'tags.add')} fieldId="tags-add">
        {hasClouds ? (
          <TextArea
            id="tags-add"
            rows={3}
            className="mono"
            value={added}
            placeholder={'env=prod\nteam=web'}
            aria-describedby="tags-help"
            onChange={(_event, value) => setAdded(value)}
          />
        ) : (
          <TextInput id="tags-add" value={added} placeholder="prod, web" onChange={(_event, value) => setAdded(value)} />
        )}
        {hasClouds && (
          <Help id="tags-help">
            {t('tags.pairs')} {replacing.flatMap(({ tag, count }) => (count > 0 ? [t('tags.replaces', { tag, count })] : [])).join(' ')}
          </Help>
        )}
      </FormGroup>
      {present.length > 0 && <Present tags={present} total={fits.length} removed={removed} onChange={setRemoved} />}
      <LeftOut plan={plan} />
    </FormDialog>
  )
}

interface PresentProps {
  readonly tags: readonly TagCount[]
  readonly total: number
  readonly removed: ReadonlySet<string>
  readonly onChange: (removed: ReadonlySet<string>) => void
}

/** What they have now, the most common first; a tag without its tick is taken off. */
function Present({ tags, total, removed, onChange }: PresentProps) {
  const { t, format } = useI18n()
  const [search, setSearch] = useState('')
  const found = tags.filter(({ tag }) => tag.toLowerCase().includes(search.trim().toLowerCase()))
  const toggle = (tag: string, keep: boolean) => {
    const next = new Set(removed)
    if (keep) next.delete(tag)
    else next.add(tag)
    onChange(next)
  }
  return (
    <FormGroup role="group" label={t('tags.keep')} fieldId="tags-keep">
      {tags.length > SHOWN && (
        <SearchInput
          aria-label={t('tags.find')}
          placeholder={t('tags.find')}
          value={search}
          onChange={(_event, value) => setSearch(value)}
          onClear={() => setSearch('')}
        />
      )}
      <div className="tags-present">
        {found.slice(0, SHOWN).map(({ tag, count }) => (
          <Checkbox
            key={tag}
            id={`tag-${tag}`}
            label={count === total ? tag : t('tags.some', { tag, count, total })}
            description={isOfCloud(tag) ? t('tags.by-cloud') : undefined}
            isDisabled={isOfCloud(tag)}
            isChecked={!removed.has(tag)}
            onChange={(_event, keep) => toggle(tag, keep)}
          />
        ))}
      </div>
      {found.length > SHOWN && <p className="sub">{t('tags.more', { count: format.number(found.length - SHOWN) })}</p>}
    </FormGroup>
  )
}
