import { RhUiClipboardIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-clipboard-icon'
import { RhUiImageIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-image-icon'
import { RhUiViewIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-view-icon'
import type { RefObject } from 'react'
import type { I18n } from '../../lib/i18n/index.ts'
import type { BarItem } from './bar-items.tsx'
import { KEY_GROUPS, strokesOf } from './keys.ts'
import { QUALITIES, type Quality } from './quality.ts'
import type { GuestSizing, Sizing, VncScreen } from './vnc-screen.ts'

const SIZINGS: readonly Sizing[] = ['fit', 'whole', 'guest']

export interface VncTools {
  readonly name: string
  /** The picture is there and alive. */
  readonly painted: boolean
  readonly sizing: Sizing
  readonly guestSizing: GuestSizing
  readonly quality: Quality
  readonly viewOnly: boolean
  readonly screen: RefObject<VncScreen | null>
  readonly onSizing: (sizing: Sizing) => void
  readonly onQuality: (quality: Quality) => void
  readonly onViewOnly: (viewOnly: boolean) => void
  readonly onType: () => void
}

/** What can be done with a display. */
export function vncItems(tools: VncTools, { t }: I18n): readonly BarItem[] {
  const { name, painted, viewOnly, screen, sizing, quality } = tools
  const notOpen = painted ? undefined : t('console.not-open-reason')
  const noKeys = notOpen ?? (viewOnly ? t('console.view-only-reason') : undefined)
  const noSizes = noKeys ?? (tools.guestSizing === 'yes' ? undefined : t(`console.size.guest-${tools.guestSizing}`))
  return [
    {
      kind: 'menu',
      id: 'picture',
      label: t('console.picture'),
      shown: t('console.picture-as', { sizing: t(`console.size.${sizing}`) }),
      groups: [
        {
          id: 'size',
          label: t('console.size'),
          choices: SIZINGS.map((one) => ({
            id: one,
            label: t(`console.size.${one}`),
            selected: one === sizing,
            description: t(`console.size.${one}-text`),
            disabledReason: one === 'guest' ? noSizes : undefined,
            run: () => tools.onSizing(one),
          })),
        },
        {
          id: 'quality',
          label: t('console.quality'),
          choices: QUALITIES.map((one) => ({
            id: one,
            label: t(`console.quality.${one}`),
            selected: one === quality,
            description: t(`console.quality.${one}-text`),
            run: () => tools.onQuality(one),
          })),
        },
      ],
    },
    {
      kind: 'menu',
      id: 'keys',
      label: t('console.keys'),
      groups: KEY_GROUPS.map((group, at) => ({
        id: String(at),
        disabledReason: noKeys,
        choices: group.map((combination) => ({
          id: combination.label,
          label: combination.label,
          run: () => {
            for (const stroke of strokesOf(combination)) screen.current?.send(stroke)
            screen.current?.focus()
          },
        })),
      })),
    },
    {
      kind: 'button',
      id: 'type',
      label: t('console.type'),
      icon: <RhUiClipboardIcon />,
      disabledReason: noKeys,
      run: tools.onType,
    },
    {
      kind: 'button',
      id: 'view-only',
      label: t('console.view-only'),
      icon: <RhUiViewIcon />,
      pressed: viewOnly,
      run: () => tools.onViewOnly(!viewOnly),
    },
    {
      kind: 'button',
      id: 'screenshot',
      label: t('console.screenshot'),
      icon: <RhUiImageIcon />,
      disabledReason: notOpen,
      run: () => void savePicture(screen.current, name),
    },
  ]
}

/** `web-1 2026-03-04 14-05-06.png`, as the browser saves files. */
async function savePicture(screen: VncScreen | null, name: string): Promise<void> {
  const picture = await screen?.picture()
  if (!picture) return
  const link = document.createElement('a')
  link.href = URL.createObjectURL(picture)
  link.download = `${name} ${new Date().toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '-')}.png`
  link.click()
  // the browser has begun to read it once the click is over
  setTimeout(() => URL.revokeObjectURL(link.href), 0)
}
