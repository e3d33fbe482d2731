import { Button, Divider, MenuItem, MenuList } from '@patternfly/react-core'
import { RhUiClipboardIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-clipboard-icon'
import { RhUiImageIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-image-icon'
import { RhUiViewIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-view-icon'
import { Fragment, type RefObject } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { ActionButton, MenuButton } from '../../ui/index.ts'
import { KEY_GROUPS, strokesOf } from './keys.ts'
import type { VncScreen } from './vnc-screen.ts'

export interface VncToolsProps {
  readonly name: string
  /** The picture is there and alive. */
  readonly painted: boolean
  readonly fits: boolean
  readonly viewOnly: boolean
  readonly screen: RefObject<VncScreen | null>
  readonly onFits: (fits: boolean) => void
  readonly onViewOnly: (viewOnly: boolean) => void
  readonly onType: () => void
}

/** What can be done with a display. */
export function VncTools({ name, painted, fits, viewOnly, screen, onFits, onViewOnly, onType }: VncToolsProps) {
  const { t } = useI18n()
  const notOpen = painted ? undefined : t('console.not-open-reason')
  const noKeys = notOpen ?? (viewOnly ? t('console.view-only-reason') : undefined)
  return (
    <>
      <span className="segmented" role="radiogroup" aria-label={t('console.size')}>
        {([true, false] as const).map((one) => (
          <button key={String(one)} type="button" role="radio" aria-checked={fits === one} onClick={() => onFits(one)}>
            {t(one ? 'console.size.fit' : 'console.size.whole')}
          </button>
        ))}
      </span>
      <Button
        variant="plain"
        size="sm"
        icon={<RhUiViewIcon />}
        aria-pressed={viewOnly}
        className={viewOnly ? 'console-on' : ''}
        onClick={() => onViewOnly(!viewOnly)}
      >
        {t('console.view-only')}
      </Button>
      <MenuButton label={t('console.keys')} toggle={{ variant: 'plainText', children: t('console.keys') }}>
        {(close) => (
          <MenuList aria-label={t('console.keys')}>
            {KEY_GROUPS.map((group, at) => (
              <Fragment key={group[0]?.label}>
                {at > 0 && <Divider component="li" />}
                {group.map((combination) => (
                  <MenuItem
                    key={combination.label}
                    isAriaDisabled={noKeys !== undefined}
                    description={combination === KEY_GROUPS[0]?.[0] ? noKeys : undefined}
                    onClick={() => {
                      if (noKeys !== undefined) return
                      close()
                      for (const stroke of strokesOf(combination)) screen.current?.send(stroke)
                      screen.current?.focus()
                    }}
                  >
                    {combination.label}
                  </MenuItem>
                ))}
              </Fragment>
            ))}
          </MenuList>
        )}
      </MenuButton>
      <ActionButton variant="plain" size="sm" icon={<RhUiClipboardIcon />} disabledReason={noKeys} onClick={onType}>
        {t('console.type')}
      </ActionButton>
      <ActionButton
        variant="plain"
        size="sm"
        icon={<RhUiImageIcon />}
        disabledReason={notOpen}
        onClick={() => void savePicture(screen.current, name)}
      >
        {t('console.screenshot')}
      </ActionButton>
    </>
  )
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
