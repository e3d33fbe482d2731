import { MenuItem, MenuList } from '@patternfly/react-core'
import { RhUiNotificationIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-notification-icon'
import { useNavigate } from 'react-router'
import type { Connection, Task } from '../../shared/model/index.ts'
import { type I18n, useI18n } from '../lib/i18n/index.ts'
import { useTable } from '../lib/live/index.ts'
import { paths } from '../lib/paths.ts'
import { taskTitle } from '../lib/task/index.ts'
import { MenuButton, StateIcon } from '../ui/index.ts'

interface Notice {
  readonly id: string
  readonly title: string
  readonly text: string
  readonly path: string
}

function noticesOf(connections: readonly Connection[], tasks: readonly Task[], i18n: I18n): readonly Notice[] {
  const waiting = connections
    .filter((one) => one.status === 'needs-attention')
    .map((one) => ({
      id: one.id,
      title: i18n.t('notices.connection', { name: one.name }),
      text: one.error ? i18n.error(one.error) : '',
      path: paths.connections(one.id),
    }))
  const open = tasks
    .filter((one) => one.state === 'needs-attention')
    .map((one) => ({
      id: one.id,
      title: i18n.t('notices.task', { task: taskTitle(one, i18n) }),
      text: one.error ? i18n.error(one.error) : '',
      path: paths.tasks(one.id),
    }))
  return [...waiting, ...open]
}

/** What waits for a person: connections that need a decision, tasks whose outcome is not known. */
export function NoticesButton() {
  const i18n = useI18n()
  const { t } = i18n
  const navigate = useNavigate()
  const notices = noticesOf(useTable('connection'), useTable('task'), i18n)
  const toggle = {
    variant: 'plain',
    size: 'sm',
    className: 'bell',
    'aria-label': notices.length === 0 ? t('notices.title') : t('notices.count', { count: notices.length }),
    children: (
      <>
        <RhUiNotificationIcon />
        {notices.length > 0 && <span className="count warn">{notices.length}</span>}
      </>
    ),
  } as const
  return (
    <MenuButton align="end" toggle={toggle} label={t('notices.title')}>
      {(close) => (
        <MenuList className="notices">
          {notices.length === 0 && <MenuItem isDisabled>{t('notices.none')}</MenuItem>}
          {notices.map((notice) => (
            <MenuItem
              key={notice.id}
              icon={<StateIcon shape="attention" />}
              description={notice.text}
              onClick={() => {
                close()
                void navigate(notice.path)
              }}
            >
              {notice.title}
            </MenuItem>
          ))}
        </MenuList>
      )}
    </MenuButton>
  )
}
