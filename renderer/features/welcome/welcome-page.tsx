import './welcome.css'
import { Button } from '@patternfly/react-core'
import { RhUiCloudIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-cloud-icon'
import { RhUiDesktopIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-desktop-icon'
import { RhUiLabIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-lab-icon'
import { RhUiServerIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-server-icon'
import { type ReactNode, type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { toWireError } from '../../../shared/errors/index.ts'
import { CLOUD_IDS } from '../../../shared/model/index.ts'
import { useApiCommand, useApiQuery } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLivePhase, useTable } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { useOpenWorkspace, usePermissions } from '../../lib/session/index.ts'
import { Banner, Fresh, Kbd, Problem, Prov } from '../../ui/index.ts'
import { runError, useTargetWorkspace } from '../connections/index.ts'
import { type Candidate, type CandidateChecks, candidateKey, useCandidateChecks } from './ssh-import.ts'
import { SshImport } from './ssh-import-option.tsx'

const NONE: readonly Candidate[] = []

/** First run: the ways to the first machines, each one press away. */
export function WelcomePage() {
  const i18n = useI18n()
  const { t } = i18n
  const navigate = useNavigate()
  const may = usePermissions()
  const phase = useLivePhase()
  const connections = useTable('connection').length
  const [round, setRound] = useState(0)
  const found = useApiQuery('connections.discover', { round }, (api, signal) => api.connections.discover({}, { signal }), { staleMs: 0 })
  const candidates = useLastKnown(found.data?.candidates) ?? NONE
  const hosts = useMemo(() => candidates.filter((one) => one.source === 'ssh-config'), [candidates])
  const locals = useMemo(() => candidates.filter((one) => one.source === 'local-libvirt'), [candidates])
  const checks = useCandidateChecks(candidates)
  const openWorkspace = useOpenWorkspace()
  const open = (workspaceId: string) => openWorkspace(workspaceId, { connected: true })
  const demo = useApiCommand('connections.addDemo', async (api) => open((await api.connections.addDemo({})).workspaceId))
  const target = useTargetWorkspace()
  const addLocal = useApiCommand('connections.add', async (api, local: Candidate) => {
    const workspaceId = await target()
    await api.connections.add({ workspaceId, providerId: local.providerId, name: t('welcome.local.name'), config: local.config })
    await open(workspaceId)
  })
  const openDemo = () => demo.mutate(undefined)
  const local = locals[0]
  const openLocal = () => {
    if (local && local.connectionId === null) addLocal.mutate(local)
  }
  const firstCloud = useRef<HTMLButtonElement>(null)
  const actions: readonly (() => void)[] = [
    () => void navigate(paths.addHost('libvirt')),
    () => document.querySelector<HTMLElement>('#welcome-import input:not(:disabled), #welcome-import button')?.focus(),
    () => firstCloud.current?.focus(),
    ...(local ? [openLocal] : []),
    openDemo,
  ]
  useNumberKeys(actions)
  const problem = demo.error ?? addLocal.error
  if (!may('connection.write')) return <p className="page-wait sub">{t('route.forbidden.text', { permission: 'connection.write' })}</p>
  return (
    <div className="welcome">
      <div className="welcome-column">
        <h1>{t(phase === 'ready' && connections > 0 ? 'welcome.title-more' : 'welcome.title')}</h1>
        <p className="welcome-lead">{t('welcome.lead')}</p>
        {problem && (
          <Banner tone="bad">
            <Problem error={toWireError(problem)} />
          </Banner>
        )}
        <div className="welcome-options">
          <Option icon={<RhUiServerIcon />} title={t('welcome.ssh.title')} text={t('welcome.ssh.text')} digit={1} onChoose={actions[0]} />
          <SshImport
            candidates={hosts}
            pending={found.isPending || found.isFetching}
            problems={(found.data?.problems ?? []).map((one) => one.error)}
            failure={found.error}
            checks={checks}
            onAgain={() => setRound(round + 1)}
            onDone={open}
          />
          <CloudOption first={firstCloud} />
          {local && <LocalOption local={local} checks={checks} busy={addLocal.isPending} onChoose={openLocal} />}
          <Option
            icon={<RhUiLabIcon />}
            title={t('welcome.demo.title')}
            text={t(demo.isPending ? 'welcome.demo.opening' : 'welcome.demo.text')}
            digit={local ? 5 : 4}
            busy={demo.isPending}
            onChoose={openDemo}
          />
        </div>
        <p className="welcome-foot">
          {t('welcome.foot')} <Link to={paths.settings()}>{t('settings.title')}</Link>
        </p>
      </div>
    </div>
  )
}

interface OptionProps {
  readonly icon: ReactNode
  readonly title: string
  readonly text: ReactNode
  readonly digit: number
  readonly busy?: boolean
  readonly onChoose: (() => void) | undefined
}

function Option({ icon, title, text, digit, busy = false, onChoose }: OptionProps) {
  return (
    <button type="button" className="welcome-option" aria-keyshortcuts={String(digit)} aria-busy={busy} disabled={busy} onClick={onChoose}>
      {icon}
      <span>
        <b>{title}</b>
        <span className="welcome-text">{text}</span>
      </span>
      <Kbd>{digit}</Kbd>
    </button>
  )
}

/** The clouds, alike: each leads to the form of its accounts. */
function CloudOption({ first }: { readonly first: RefObject<HTMLButtonElement | null> }) {
  const { t } = useI18n()
  const navigate = useNavigate()
  return (
    <div className="welcome-option">
      <RhUiCloudIcon />
      <div>
        <b>{t('welcome.cloud.title')}</b>
        <span className="welcome-text">{t('welcome.cloud.text')}</span>
        <div className="welcome-actions">
          {CLOUD_IDS.map((cloud, place) => (
            <Button
              key={cloud}
              ref={place === 0 ? first : undefined}
              variant="secondary"
              icon={<Prov providerId={cloud} decorative />}
              onClick={() => void navigate(paths.addHost(cloud))}
            >
              {t(`provider.short.${cloud}`)}
            </Button>
          ))}
        </div>
      </div>
      <Kbd>3</Kbd>
    </div>
  )
}

interface LocalOptionProps {
  readonly local: Candidate
  readonly checks: CandidateChecks
  readonly busy: boolean
  readonly onChoose: () => void
}

/** This computer's own libvirt: what it is, or why it cannot be read and how that is mended. */
function LocalOption({ local, checks, busy, onChoose }: LocalOptionProps) {
  const { t } = useI18n()
  const run = checks.runs.get(candidateKey(local))
  const error = run ? runError(run) : null
  const libvirt = run?.versions.find((one) => one.name === 'libvirt')
  return (
    <div className="welcome-option open">
      <RhUiDesktopIcon />
      <div>
        <b>{t('welcome.local.title')}</b>
        {local.connectionId !== null ? (
          <span className="welcome-text">{t('welcome.added')}</span>
        ) : error ? (
          <div className="welcome-text">
            <Problem error={error} />
          </div>
        ) : (
          <span className="welcome-text num">
            <Fresh shape={run?.status === 'ok' ? 'live' : 'never'} />{' '}
            {run?.status === 'ok'
              ? t('welcome.answers', { version: libvirt?.version ?? '', machines: run.machines ?? 0 })
              : t('welcome.checking')}
          </span>
        )}
        <div className="welcome-actions">
          <Button variant="secondary" isDisabled={busy || local.connectionId !== null} isLoading={busy} onClick={onChoose}>
            {t('welcome.local.use')}
          </Button>
        </div>
      </div>
      <Kbd>4</Kbd>
    </div>
  )
}

/** The last answer stays on screen while a newer one is on its way. */
function useLastKnown<T>(value: T | undefined): T | undefined {
  const [last, setLast] = useState(value)
  if (value !== undefined && value !== last) setLast(value)
  return value ?? last
}

/** 1 to 5 choose, unless somebody types or a dialog is open. */
function useNumberKeys(actions: readonly (() => void)[]): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target } = event
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (target instanceof HTMLInputElement && target.type !== 'checkbox') return
      if (document.querySelector('[role="dialog"]')) return
      const action = actions[Number(event.key) - 1]
      if (!action) return
      event.preventDefault()
      action()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })
}
