import { Outlet } from 'react-router'
import { BuildHost } from '../features/build/index.ts'
import { ActionHost } from '../features/machine-actions/index.ts'
import type { FrameLayout } from '../lib/feature.ts'
import { useT } from '../lib/i18n/index.ts'
import { AppBar } from './app-bar.tsx'
import { OfflineBanner } from './offline-banner.tsx'
import { Palette } from './palette/palette.tsx'
import { ShellCommands } from './shell-commands.tsx'
import { TaskStrip } from './task-strip/task-strip.tsx'
import { TreePane } from './tree/tree-pane.tsx'

/** The frame of every screen. `steps` has no tree, `plain` has neither tree nor task strip. */
export function Shell({ layout }: { readonly layout: FrameLayout }) {
  const t = useT()
  return (
    <div className="app">
      <a className="skip-link" href="#main">
        {t('shell.skip')}
      </a>
      <AppBar />
      <OfflineBanner />
      <div className="body">
        {layout === 'page' && <TreePane />}
        <div className="column">
          <main className="main" id="main" tabIndex={-1}>
            <Outlet />
          </main>
          {layout !== 'plain' && <TaskStrip />}
        </div>
      </div>
      <Palette />
      <ShellCommands />
      <ActionHost />
      <BuildHost />
    </div>
  )
}
