import { useEffect, useMemo } from 'react'
import { useNavigate } from 'react-router'
import { CLOUD_IDS } from '../../shared/model/index.ts'
import { type Command, useCommands } from '../lib/commands/index.ts'
import { useT } from '../lib/i18n/index.ts'
import { paths } from '../lib/paths.ts'
import { usePermissions, useSession } from '../lib/session/index.ts'
import { FEATURES } from './features.ts'
import { closePalette, openPalette, usePaletteState } from './palette/palette-state.ts'
import { readShellEvent } from './shell-events.ts'

/** Commands of the frame: every screen without parameters, the theme, the language. And the key that opens the palette. */
export function ShellCommands() {
  const t = useT()
  const navigate = useNavigate()
  const may = usePermissions()
  const { updateSettings } = useSession()
  const commands = useMemo((): readonly Command[] => {
    const screens = FEATURES.filter((feature) => !feature.path.includes(':')).map((feature) => ({
      id: `go.${feature.id}`,
      title: t('palette.go', { screen: t(feature.title) }),
      group: t('palette.group.screens'),
      disabledReason: may(feature.permission) ? undefined : t('route.forbidden.text', { permission: feature.permission }),
      run: () => void navigate(feature.path),
    }))
    const group = t('palette.group.appearance')
    const look = (['system', 'light', 'dark'] as const).map((theme) => ({
      id: `theme.${theme}`,
      title: t(`palette.theme.${theme}`),
      group,
      run: () => updateSettings({ theme }),
    }))
    const density = (['compact', 'comfortable'] as const).map((one) => ({
      id: `density.${one}`,
      title: t(`palette.density.${one}`),
      group,
      run: () => updateSettings({ density: one }),
    }))
    const language = (['en', 'de'] as const).map((one) => ({
      id: `language.${one}`,
      title: one === 'en' ? 'English' : 'Deutsch',
      keywords: 'language Sprache',
      group,
      run: () => updateSettings({ language: one }),
    }))
    return [
      ...screens,
      { id: 'go.add-host', title: t('connection.add'), group: t('palette.group.screens'), run: () => void navigate(paths.addHost()) },
      ...CLOUD_IDS.map((cloud) => ({
        id: `go.add-${cloud}`,
        title: t('connection.add-kind', { kind: t(`provider.${cloud}`) }),
        group: t('palette.group.screens'),
        run: () => void navigate(paths.addHost(cloud)),
      })),
      {
        id: 'build.new',
        title: t('build.new'),
        keywords: 'create vm build install',
        group: t('palette.group.actions'),
        disabledReason: may('machine.create') ? undefined : t('route.forbidden.text', { permission: 'machine.create' }),
        run: () => void navigate(paths.build()),
      },
      {
        id: 'build.import',
        title: t('import.new'),
        keywords: 'ova ovf vmdk appliance package',
        group: t('palette.group.actions'),
        disabledReason: may('machine.create') ? undefined : t('route.forbidden.text', { permission: 'machine.create' }),
        run: () => void navigate(paths.importPackage()),
      },
      ...look,
      ...density,
      ...language,
    ]
  }, [t, navigate, may, updateSettings])
  useCommands(commands)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
      event.preventDefault()
      if (usePaletteState.getState().open) closePalette()
      else openPalette()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  useEffect(
    () =>
      window.novacron?.onShell((message) => {
        const event = readShellEvent(message)
        if (event?.type === 'navigate') void navigate(event.path)
        if (event?.type === 'command' && event.id === 'palette') openPalette()
      }),
    [navigate],
  )
  return null
}
