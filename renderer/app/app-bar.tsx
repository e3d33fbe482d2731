import { MenuItem, MenuList } from '@patternfly/react-core'
import { RhUiDisconnectedIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-disconnected-icon'
import { RhUiSearchIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-search-icon'
import { Link, NavLink, useLocation, useNavigate } from 'react-router'
import { useEngineLinkState } from '../lib/api/index.ts'
import type { FeatureDescriptor } from '../lib/feature.ts'
import { useT } from '../lib/i18n/index.ts'
import { useTable } from '../lib/live/index.ts'
import { paths } from '../lib/paths.ts'
import { usePermissions, useSession, useWorkspaceId } from '../lib/session/index.ts'
import { Chevron, Fresh, Kbd, MenuButton } from '../ui/index.ts'
import { FEATURES } from './features.ts'
import { HelpButton } from './help.tsx'
import { NoticesButton } from './notices.tsx'
import { openPalette } from './palette/palette-state.ts'
import { WorkspaceSwitcher } from './workspace-switcher.tsx'

export function AppBar() {
  const t = useT()
  const may = usePermissions()
  const { info } = useSession()
  // A machine or a host is opened from the fleet and is a part of it.
  const { pathname } = useLocation()
  const belongsToFleet = pathname.startsWith('/machines/') || pathname.startsWith('/hosts/')
  const belongsToStorage = pathname.startsWith('/pools/')
  const nav = FEATURES.filter((feature) => feature.nav && may(feature.permission)).sort((a, b) => (a.nav?.order ?? 0) - (b.nav?.order ?? 0))
  const isAt = ({ id, path }: FeatureDescriptor) =>
    `${pathname}/`.startsWith(`${path}/`) || (id === 'fleet' && belongsToFleet) || (id === 'storage' && belongsToStorage)
  return (
    <header className="appbar">
      <WorkspaceSwitcher />
      <nav className="nav" aria-label={t('shell.nav')}>
        {nav.map((feature) => (
          <NavLink key={feature.id} to={feature.path} className={isAt(feature) ? 'active' : ''}>
            {t(feature.title)}
          </NavLink>
        ))}
      </nav>
      <NavMenu features={nav} isAt={isAt} />
      <span className="grow" />
      <button type="button" className="palette-button" onClick={openPalette} aria-label={t('palette.open')} aria-keyshortcuts="Control+K">
        <RhUiSearchIcon /> <span className="palette-long">{t('palette.open')}</span>
        <span className="palette-short">{t('palette.open-short')}</span>
        <Kbd>Ctrl K</Kbd>
      </button>
      <LinkState />
      <NoticesButton />
      <HelpButton />
      <span className="me" title={info?.user ?? ''} aria-hidden>
        {(info?.user ?? '').slice(0, 2).toUpperCase()}
      </span>
    </header>
  )
}

interface NavMenuProps {
  readonly features: readonly FeatureDescriptor[]
  readonly isAt: (feature: FeatureDescriptor) => boolean
}

/** The same screens where the window is too narrow for a line of them. */
function NavMenu({ features, isAt }: NavMenuProps) {
  const t = useT()
  const navigate = useNavigate()
  const current = features.find(isAt)
  const toggle = {
    variant: 'plain',
    className: 'nav-menu',
    children: (
      <>
        <span className="visually-hidden">{t('shell.nav')}</span>
        <span>{t(current?.title ?? 'shell.nav')}</span>
        <Chevron open />
      </>
    ),
  } as const
  return (
    <MenuButton toggle={toggle} label={t('shell.nav')}>
      {(close) => (
        <MenuList>
          {features.map((feature) => (
            <MenuItem
              key={feature.id}
              isSelected={feature === current}
              onClick={() => {
                close()
                void navigate(feature.path)
              }}
            >
              {t(feature.title)}
            </MenuItem>
          ))}
        </MenuList>
      )}
    </MenuButton>
  )
}

/** How many connections of the workspace are live, and the way to all of them. */
function LinkState() {
  const t = useT()
  const engine = useEngineLinkState()
  const workspaceId = useWorkspaceId()
  const connections = useTable('connection').filter((one) => one.workspaceId === workspaceId && one.status !== 'disabled')
  const live = connections.filter((one) => one.freshness.state === 'live').length
  const total = connections.length
  if (engine.state === 'lost') {
    return (
      <span className="link-state lost">
        <RhUiDisconnectedIcon /> {t('link.engine-lost')}
      </span>
    )
  }
  const shape = total === 0 ? 'never' : live === total ? 'live' : live === 0 ? 'lost' : 'partly'
  return (
    <Link to={paths.connections()} className="link-state num">
      <Fresh shape={shape} /> {total === 0 ? t('link.none') : t('link.count', { live, total })}
    </Link>
  )
}
