import { Button, Divider, MenuGroup, MenuItem, MenuList } from '@patternfly/react-core'
import { RhUiEllipsisHorizontalIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-ellipsis-horizontal-icon'
import { Fragment, type ReactNode } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { ActionButton, MenuButton } from '../../ui/index.ts'
import { useOverflow } from './use-overflow.ts'

export interface BarChoice {
  readonly id: string
  readonly label: string
  readonly description?: string | undefined
  readonly disabledReason?: string | undefined
  /** One of several, and the one that counts now. */
  readonly selected?: boolean
  readonly run: () => void
}

export interface BarGroup {
  readonly id: string
  readonly label?: string
  /** Of all of them, said once. */
  readonly disabledReason?: string | undefined
  readonly choices: readonly BarChoice[]
}

/** A thing to do with a console: a button of the bar, or a menu of it. */
export type BarItem =
  | (BarChoice & {
      readonly kind: 'button'
      readonly icon: ReactNode
      /** It stays down until it is pressed again. */
      readonly pressed?: boolean
      /** With a line before it. */
      readonly apart?: boolean
    })
  | {
      readonly kind: 'menu'
      readonly id: string
      readonly label: string
      /** On the button; else the label. */
      readonly shown?: string
      readonly groups: readonly BarGroup[]
    }

/** As many of them as there is room for, in one line; the others are under "More", in the same order. */
export function BarItems({ items }: { readonly items: readonly BarItem[] }) {
  const { t } = useI18n()
  const more = t('console.more')
  const [region, shown] = useOverflow(
    items.map((item) => `${item.id}/${textOf(item)}`),
    more,
  )
  const rest = items.slice(shown)
  return (
    <div ref={region} className="console-tools">
      {items.slice(0, shown).map((item) => (
        <span key={item.id} className="console-tool" data-bar-item={`${item.id}/${textOf(item)}`}>
          <InBar item={item} />
        </span>
      ))}
      {rest.length > 0 && (
        <span className="console-tool" data-bar-item={more}>
          <MenuButton label={more} toggle={{ variant: 'plainText', icon: <RhUiEllipsisHorizontalIcon />, children: more }}>
            {(close) => <Rest items={rest} close={close} />}
          </MenuButton>
        </span>
      )}
    </div>
  )
}

function textOf(item: BarItem): string {
  return item.kind === 'menu' ? (item.shown ?? item.label) : item.label
}

function InBar({ item }: { readonly item: BarItem }) {
  if (item.kind === 'menu') {
    return (
      <MenuButton label={item.label} toggle={{ variant: 'plainText', children: textOf(item) }}>
        {(close) =>
          item.groups.map((group, at) => (
            <Fragment key={group.id}>
              {at > 0 && <Divider />}
              <Group group={group} isSaid={isSaidBefore(item.groups, at)} label={group.label} close={close} fallback={item.label} />
            </Fragment>
          ))
        }
      </MenuButton>
    )
  }
  const { label, icon, pressed, apart, disabledReason, run } = item
  return (
    <>
      {apart && <span className="console-divider" />}
      {pressed === undefined ? (
        <ActionButton variant="plain" size="sm" icon={icon} disabledReason={disabledReason} onClick={run}>
          {label}
        </ActionButton>
      ) : (
        <Button variant="plain" size="sm" icon={icon} aria-pressed={pressed} className={pressed ? 'console-on' : ''} onClick={run}>
          {label}
        </Button>
      )}
    </>
  )
}

/** The buttons first, then each menu under its name. */
function Rest({ items, close }: { readonly items: readonly BarItem[]; readonly close: () => void }) {
  const { t } = useI18n()
  const buttons = items.flatMap((item) => (item.kind === 'button' ? [{ ...item, selected: item.pressed === true }] : []))
  const groups: readonly BarGroup[] = [
    ...(buttons.length > 0 ? [{ id: 'buttons', choices: buttons }] : []),
    ...items.flatMap((item) => {
      if (item.kind === 'button') return []
      const named = item.groups.some(({ label }) => label !== undefined)
      return item.groups.map((group, at) => ({
        ...group,
        id: `${item.id}/${group.id}`,
        ...(!named && at === 0 && { label: item.label }),
      }))
    }),
  ]
  return groups.map((group, at) => (
    <Fragment key={group.id}>
      {at > 0 && <Divider />}
      <Group group={group} isSaid={isSaidBefore(groups, at)} label={group.label} close={close} fallback={t('console.more')} />
    </Fragment>
  ))
}

interface GroupProps {
  readonly group: BarGroup
  readonly label: string | undefined
  /** Why it cannot be done stands right above. */
  readonly isSaid: boolean
  readonly fallback: string
  readonly close: () => void
}

function isSaidBefore(groups: readonly BarGroup[], at: number): boolean {
  return at > 0 && groups[at - 1]?.disabledReason === groups[at]?.disabledReason
}

function Group({ group, label, isSaid, fallback, close }: GroupProps) {
  const list = (
    <MenuList aria-label={label ?? fallback}>
      {group.choices.map((choice, at) => {
        const disabledReason = choice.disabledReason ?? group.disabledReason
        const isToSay = choice.disabledReason !== undefined || (at === 0 && !isSaid)
        return (
          <MenuItem
            key={choice.id}
            isAriaDisabled={disabledReason !== undefined}
            isSelected={choice.selected === true}
            description={(isToSay ? disabledReason : undefined) ?? choice.description}
            onClick={() => {
              if (disabledReason !== undefined) return
              close()
              choice.run()
            }}
          >
            {choice.label}
          </MenuItem>
        )
      })}
    </MenuList>
  )
  return label === undefined ? list : <MenuGroup label={label}>{list}</MenuGroup>
}
