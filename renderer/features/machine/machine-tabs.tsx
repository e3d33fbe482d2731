import { Tab, Tabs, TabTitleText } from '@patternfly/react-core'
import { useNavigate } from 'react-router'
import { useI18n } from '../../lib/i18n/index.ts'
import { useEntity } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'

/** Sections on the machine's own page. */
export const PANELS = ['overview', 'hardware', 'snapshots', 'guest', 'events', 'tasks'] as const
export type PanelId = (typeof PANELS)[number]

/** The console is a screen of its own: it fills the page, and its code is large. */
const TABS = ['overview', 'console', 'hardware', 'snapshots', 'guest', 'events', 'tasks'] as const
type TabId = (typeof TABS)[number]

/** The sections of a machine, wherever its head stands. */
export function MachineTabs({ machineId, active }: { readonly machineId: string; readonly active: TabId }) {
  const { t } = useI18n()
  const navigate = useNavigate()
  // a cloud keeps snapshots of disks, and those in a list of its own
  const isCloud = useEntity('machine', machineId)?.cloud != null
  const pathOf = (tab: TabId): string => {
    if (tab === 'console') return paths.console(machineId)
    return tab === 'overview' ? paths.machine(machineId) : `${paths.machine(machineId)}?tab=${tab}`
  }
  return (
    <Tabs
      activeKey={active}
      aria-label={t('machine.tabs')}
      onSelect={(_event, key) => {
        const tab = TABS.find((one) => one === key) ?? 'overview'
        // sections are looked through; the console is gone to, and Back leads out of it
        void navigate(pathOf(tab), { replace: tab !== 'console' && active !== 'console' })
      }}
    >
      {TABS.filter((one) => one !== 'snapshots' || !isCloud).map((one) => (
        <Tab key={one} eventKey={one} tabContentId={`panel-${one}`} title={<TabTitleText>{t(`machine.tab.${one}`)}</TabTitleText>} />
      ))}
    </Tabs>
  )
}
