import './settings.css'
import type { ReactNode } from 'react'
import { PERMISSIONS } from '../../../shared/contract/index.ts'
import type { Settings } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { usePermissions, useSession } from '../../lib/session/index.ts'
import { Banner, CopyButton, type Fact, Facts, PageHead, Panel, StateIcon } from '../../ui/index.ts'
import { SecretPlace } from '../connections/index.ts'
import { CheckSetting, ChoiceSetting, NumberSetting } from './setting-fields.tsx'
import { Shortcuts } from './shortcuts.tsx'
import { WorkspacesPanel } from './workspaces-panel.tsx'

/** Everything about this console itself. What is changed holds at once. */
export function SettingsPage() {
  const i18n = useI18n()
  const { t } = i18n
  const may = usePermissions()
  const { settings, info, infoError, updateSettings, updateError } = useSession()
  const writable = may('settings.write')
  const set = (change: Partial<Settings>) => updateSettings(change)
  return (
    <>
      <PageHead title={t('settings.title')} />
      {updateError && (
        <Banner tone="bad">
          <b>{t('settings.failed')}</b> {i18n.error(updateError)}
        </Banner>
      )}
      {!writable && <Banner tone="info">{t('settings.read-only')}</Banner>}
      <div className="page-body settings">
        <div className="settings-column">
          <Panel title={t('settings.appearance')}>
            <ChoiceSetting
              label={t('settings.theme')}
              value={settings.theme}
              disabled={!writable}
              choices={(['system', 'light', 'dark'] as const).map((id) => ({ id, label: t(`settings.theme.${id}`) }))}
              onChange={(theme) => set({ theme })}
            />
            <ChoiceSetting
              label={t('settings.language')}
              value={settings.language}
              disabled={!writable}
              choices={[
                { id: 'system', label: t('settings.language.system') },
                { id: 'en', label: 'English' },
                { id: 'de', label: 'Deutsch' },
              ]}
              onChange={(language) => set({ language })}
            />
            <ChoiceSetting
              label={t('settings.density')}
              help={t('settings.density.help')}
              value={settings.density}
              disabled={!writable}
              choices={(['compact', 'comfortable'] as const).map((id) => ({ id, label: t(`settings.density.${id}`) }))}
              onChange={(density) => set({ density })}
            />
          </Panel>
          <Panel title={t('settings.behaviour')}>
            <NumberSetting
              label={t('settings.bulk')}
              help={t('settings.bulk.help')}
              value={settings.bulkPerHost}
              min={1}
              max={50}
              disabled={!writable}
              onChange={(bulkPerHost) => set({ bulkPerHost })}
            />
            <NumberSetting
              label={t('settings.shutdown')}
              help={t('settings.shutdown.help')}
              value={Math.round(settings.shutdownDeadlineMs / 1_000)}
              min={1}
              max={3_600}
              disabled={!writable}
              onChange={(seconds) => set({ shutdownDeadlineMs: seconds * 1_000 })}
            />
            <NumberSetting
              label={t('settings.retention')}
              value={settings.eventRetentionDays}
              min={1}
              max={3_650}
              disabled={!writable}
              onChange={(eventRetentionDays) => set({ eventRetentionDays })}
            />
            {info?.face === 'desktop' && (
              <>
                <CheckSetting
                  label={t('settings.notifications')}
                  help={t('settings.notifications.help')}
                  value={settings.notifications}
                  disabled={!writable}
                  onChange={(notifications) => set({ notifications })}
                />
                <CheckSetting
                  label={t('settings.close-to-tray')}
                  value={settings.closeToTray}
                  disabled={!writable}
                  onChange={(closeToTray) => set({ closeToTray })}
                />
              </>
            )}
          </Panel>
          <WorkspacesPanel />
        </div>
        {(info || infoError) && (
          <div className="settings-column">
            <SafetyPanel />
            <AboutPanel />
            <Shortcuts />
          </div>
        )}
      </div>
    </>
  )
}

function SafetyPanel() {
  const i18n = useI18n()
  const { t } = i18n
  const { info, infoError } = useSession()
  if (!info)
    return (
      <Panel title={t('settings.safety')}>
        {infoError && <p className="bad-text">{`${t('settings.unread')} ${i18n.error(infoError)}`}</p>}
      </Panel>
    )
  const { database } = info
  return (
    <Panel title={t('settings.safety')}>
      <Facts
        facts={[
          { label: t('settings.secrets'), value: <SecretPlace asked={false} /> },
          {
            label: t('settings.database'),
            value: (
              <span className="settings-state">
                <StateIcon shape={database.state === 'ok' ? 'running' : database.state === 'failed' ? 'failed' : 'attention'} />
                <span>
                  {t(`settings.database.${database.state}`)}
                  {database.message && <span className="form-note block">{database.message}</span>}
                </span>
              </span>
            ),
          },
          {
            label: t('settings.data-directory'),
            value: (
              <span className="with-copy">
                <span className="mono ellipsis" title={info.dataDirectory}>
                  {info.dataDirectory}
                </span>
                <CopyButton text={info.dataDirectory} what={t('settings.data-directory')} />
              </span>
            ),
          },
        ]}
      />
    </Panel>
  )
}

function AboutPanel() {
  const { t, format } = useI18n()
  const { info } = useSession()
  const value = (text: string | undefined): ReactNode => text ?? null
  const facts: readonly Fact[] = [
    { label: t('settings.version'), value: value(info?.version) },
    { label: t('settings.face'), value: info ? t(`settings.face.${info.face}`) : null },
    { label: t('settings.platform'), value: info ? `${info.platform}, Node.js ${info.nodeVersion}` : null },
    { label: t('settings.user'), value: value(info?.user) },
    {
      label: t('settings.permissions'),
      value: info
        ? PERMISSIONS.every((one) => info.permissions.includes(one))
          ? t('settings.all-permissions')
          : info.permissions.join(', ')
        : null,
    },
    {
      label: t('settings.started'),
      value: info ? <span title={format.absolute(info.startedAtMs)}>{format.when(info.startedAtMs)}</span> : null,
    },
  ]
  return (
    <Panel title={t('settings.about')}>
      <Facts facts={facts} />
    </Panel>
  )
}
