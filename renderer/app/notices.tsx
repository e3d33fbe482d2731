import { MenuItem, MenuList } from '@patternfly/react-core'
import { RhUiNotificationIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-notification-icon'
import { useNavigate } from 'react-router'
import type { Connection, Task } from '../../shared/model/index.ts'
import { usePlanNotices } from '../features/migration/index.ts'
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
  /** False: it is only to be known. */
  readonly waits: boolean
}

function noticesOf(connections: readonly Connection[], tasks: readonly Task[], i18n: I18n): readonly Notice[] {
  const waiting = connections
    .filter((one) => one.status === 'needs-attention')
    .map((one) => ({
      id: one.id,
      title: i18n.t('notices.connection', { name: one.name }),
      text: one.error ? i18n.error(one.error) : '',
      path: paths.connections(one.id),
      waits: true,
    }))
  const open = tasks
    .filter((one) => one.state === 'needs-attention')
    .map((one) => ({
      id: one.id,
      title: i18n.t('notices.task', { task: taskTitle(one, i18n) }),
      text: one.error ? i18n.error(one.error) : '',
      path: paths.tasks(one.id),
      waits: true,
    }))
  return [...waiting, ...open]
}

/** What waits for a person: connections that need a decision, tasks whose outcome is not known, planned moves that did not begin; and those that are soon. */
export function NoticesButton() {
  const i18n = useI18n()
  const { t } = i18n
  const navigate = useNavigate()
  const plans = usePlanNotices(i18n)
  const notices = [...noticesOf(useTable('connection'), useTable('task'), i18n), ...plans]
  const count = notices.filter(({ waits }) => waits).length
  const toggle = {
    variant: 'plain',
    size: 'sm',
    className: 'bell',
    'aria-label': count === 0 ? t('notices.title') : t('notices.count', { count }),
    children: (
      <>
        <RhUiNotificationIcon />
        {count > 0 && <span className="count warn">{count}</span>}
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
              icon={<StateIcon shape={notice.waits ? 'attention' : 'migrating'} />}
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
