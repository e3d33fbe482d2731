import { Button } from '@patternfly/react-core'
import { type ReactNode, useState } from 'react'
import { toWireError } from '../../../shared/errors/index.ts'
import type { GuestInfo, Machine } from '../../../shared/model/index.ts'
import { useApiCommand, useApiQuery } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, Age, Banner, Bar, CommandLine, EmptyState, Facts, Panel, Problem, Skeleton, useLate } from '../../ui/index.ts'
import { agentCommands } from './agent-commands.ts'
import { KeysDialog, PasswordDialog } from './guest-dialogs.tsx'

/** A clock that differs by more is worth a word. */
const CLOCK_OFF_MS = 2_000
const NEARLY_FULL = 90

/** What the agent inside the guest tells, and what it can be asked for. */
export function GuestTab({ machine, live }: { readonly machine: Machine; readonly live: boolean }) {
  const i18n = useI18n()
  const { t } = i18n
  const { id: machineId, state } = machine
  const running = state === 'running'
  const info = useApiQuery('guest.info', { machineId }, (api, signal) => api.guest.info({ machineId }, { signal }), {
    staleMs: 15_000,
    enabled: live && running,
  })
  const late = useLate(info.isPending && live && running)
  if (!running) {
    return (
      <EmptyState title={t('guest.off', { name: machine.name })}>
        <p>{t('guest.off-text')}</p>
      </EmptyState>
    )
  }
  if (!info.data) {
    if (!info.error && live) return late ? <Waiting /> : null
    return (
      <EmptyState
        title={t('guest.failed', { name: machine.name })}
        actions={
          live && (
            <Button variant="secondary" onClick={() => void info.refetch()}>
              {t('offline.try-now')}
            </Button>
          )
        }
      >
        <p>{info.error ? i18n.error(info.error) : t('guest.no-link')}</p>
      </EmptyState>
    )
  }
  if (info.data.agent !== 'connected') return <NoAgent machine={machine} info={info.data} onAgain={() => void info.refetch()} />
  return <Told machine={machine} info={info.data} live={live} onChanged={() => void info.refetch()} />
}

function Waiting() {
  return (
    <div className="rows-waiting">
      <Skeleton width={300} />
      <Skeleton width={440} />
      <Skeleton width={380} />
    </div>
  )
}

/** Why nothing is known of the inside, and what to do for this guest's system. */
function NoAgent({ machine, info, onAgain }: { readonly machine: Machine; readonly info: GuestInfo; readonly onAgain: () => void }) {
  const { t } = useI18n()
  const hasChannel = info.agent === 'disconnected'
  return (
    <EmptyState
      title={t(hasChannel ? 'guest.silent' : 'guest.no-channel', { name: machine.name })}
      actions={
        <Button variant="secondary" onClick={onAgain}>
          {t('guest.ask-again')}
        </Button>
      }
    >
      <p>{t(hasChannel ? 'guest.silent-text' : 'guest.no-channel-text')}</p>
      {hasChannel ? (
        agentCommands(machine.os).map(({ system, command }) => (
          <div key={system} className="guest-install">
            <span className="sub">{system}</span>
            {command === null ? <span>{t('guest.windows')}</span> : <CommandLine command={command} />}
          </div>
        ))
      ) : (
        <CommandLine
          command={`virt-xml ${machine.nativeRef} --add-device --channel unix,target.type=virtio,target.name=org.qemu.guest_agent.0`}
        />
      )}
    </EmptyState>
  )
}

interface ToldProps {
  readonly machine: Machine
  readonly info: GuestInfo
  readonly live: boolean
  readonly onChanged: () => void
}

type Dialog = 'password' | 'keys'

function Told({ machine, info, live, onChanged }: ToldProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const may = usePermissions()
  const [dialog, setDialog] = useState<Dialog | null>(null)
  const [done, setDone] = useState<string | null>(null)
  const setTime = useApiCommand('guest.setTime', (api) => api.guest.setTime({ machineId: machine.id }))
  const { os, timezone, clockOffsetMs, unread } = info
  const refusal = !live
    ? t('guest.no-link')
    : may('machine.modify')
      ? undefined
      : t('route.forbidden.text', { permission: 'machine.modify' })
  const offset =
    clockOffsetMs === null
      ? null
      : t(clockOffsetMs < 0 ? 'guest.clock-behind' : 'guest.clock-ahead', { time: format.span(Math.abs(clockOffsetMs)) })
  const clockIsOff = clockOffsetMs !== null && Math.abs(clockOffsetMs) > CLOCK_OFF_MS
  const finished = (what: string) => {
    setDialog(null)
    setDone(what)
    onChanged()
  }
  return (
    <div className="guest">
      <div className="guest-bar">
        <ActionButton variant="secondary" disabledReason={refusal} onClick={() => setDialog('password')}>
          {t('guest.password')}
        </ActionButton>
        <ActionButton variant="secondary" disabledReason={refusal} onClick={() => setDialog('keys')}>
          {t('guest.keys')}
        </ActionButton>
        <span role="status" className="sub">
          {done}
        </span>
        <span className="grow" />
        <span className="sub num">
          {t('machine.read')} <Age atMs={info.observedAtMs} ago />
        </span>
      </div>
      {setTime.error && (
        <Banner tone="bad">
          <Problem error={toWireError(setTime.error)} />
        </Banner>
      )}
      <div className="guest-columns">
        <Panel title={t('guest.system')}>
          <Facts
            facts={[
              { label: t('guest.hostname'), value: info.hostname },
              { label: t('column.system'), value: os?.name },
              { label: t('guest.kernel'), value: os?.kernel && <span className="mono">{os.kernel}</span> },
              { label: t('machine.arch'), value: os?.architecture },
              { label: t('guest.timezone'), value: timezone && (timezone.name ?? offsetText(timezone.offsetMinutes)) },
              {
                label: t('guest.clock'),
                value: offset && (
                  <span className="guest-clock">
                    <span className={clockIsOff ? 'warn' : undefined}>{clockIsOff ? offset : t('guest.clock-right')}</span>
                    {clockIsOff && (
                      <ActionButton
                        variant="link"
                        isInline
                        disabledReason={refusal}
                        isLoading={setTime.isPending}
                        onClick={() => setTime.mutate(undefined, { onSuccess: () => finished(t('guest.clock-set')) })}
                      >
                        {t('guest.set-clock')}
                      </ActionButton>
                    )}
                  </span>
                ),
              },
            ]}
          />
        </Panel>
        <Panel title={t('guest.users')}>
          <Part unread={unread.includes('users')} empty={info.users?.length === 0 ? t('guest.nobody') : null}>
            <Facts
              facts={sessionsOf(info).map(({ user, sinceMs, count }) => ({
                label: user,
                value: t('guest.since', { time: format.when(sinceMs), count }),
              }))}
            />
          </Part>
        </Panel>
      </div>
      <Panel title={t('guest.filesystems')}>
        <Part unread={unread.includes('filesystems')} empty={info.filesystems?.length === 0 ? t('guest.no-filesystems') : null}>
          <Filesystems info={info} />
        </Part>
      </Panel>
      <Panel title={t('guest.interfaces')}>
        <Part unread={unread.includes('interfaces')} empty={info.interfaces?.length === 0 ? t('guest.no-interfaces') : null}>
          <Interfaces info={info} />
        </Part>
      </Panel>
      {dialog === 'password' && (
        <PasswordDialog machine={machine} onDone={(user) => finished(t('guest.password-set', { user }))} onClose={() => setDialog(null)} />
      )}
      {dialog === 'keys' && (
        <KeysDialog machine={machine} onDone={(user) => finished(t('guest.keys-added', { user }))} onClose={() => setDialog(null)} />
      )}
    </div>
  )
}

/** Who is logged in, each once: since when the longest session lasts, and how many there are. */
function sessionsOf(info: GuestInfo): ReadonlyArray<{ readonly user: string; readonly sinceMs: number; readonly count: number }> {
  const byUser = new Map<string, { sinceMs: number; count: number }>()
  for (const { name, domain, loggedInAtMs } of info.users ?? []) {
    const user = domain === null ? name : `${domain}\\${name}`
    const known = byUser.get(user)
    byUser.set(user, { sinceMs: Math.min(known?.sinceMs ?? loggedInAtMs, loggedInAtMs), count: (known?.count ?? 0) + 1 })
  }
  return [...byUser].map(([user, session]) => ({ user, ...session }))
}

/** A part of the answer, or why it is missing. */
function Part({ unread, empty, children }: { readonly unread: boolean; readonly empty: string | null; readonly children: ReactNode }) {
  const { t } = useI18n()
  if (unread) return <p className="sub panel-text">{t('guest.not-told')}</p>
  return empty === null ? children : <p className="sub panel-text">{empty}</p>
}

function Filesystems({ info }: { readonly info: GuestInfo }) {
  const { t, format } = useI18n()
  return (
    <table className="plain-table inset guest-table num">
      <thead>
        <tr>
          <th scope="col">{t('guest.mountpoint')}</th>
          <th scope="col">{t('guest.fill')}</th>
          <th scope="col">{t('guest.fs-type')}</th>
          <th scope="col">{t('guest.disks')}</th>
        </tr>
      </thead>
      <tbody>
        {(info.filesystems ?? []).map(({ mountpoint, device, type, totalBytes, usedBytes, disks }) => {
          const percent = totalBytes && usedBytes !== null ? (usedBytes / totalBytes) * 100 : null
          return (
            <tr key={`${mountpoint} ${device}`}>
              <td className="mono small">{mountpoint}</td>
              <td>
                {percent === null || totalBytes === null || usedBytes === null ? (
                  <span className="none">–</span>
                ) : (
                  <span className="guest-fill">
                    <Bar percent={percent} width={90} tone={percent > NEARLY_FULL ? 'hot' : 'plain'} />
                    {format.percent(percent)} <span className="sub">{t('guest.of', { amount: format.bytes(totalBytes) })}</span>
                  </span>
                )}
              </td>
              <td>{type || '–'}</td>
              <td className="mono small">{disks.join(', ') || device || '–'}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function Interfaces({ info }: { readonly info: GuestInfo }) {
  const { t } = useI18n()
  return (
    <table className="plain-table inset guest-table num">
      <thead>
        <tr>
          <th scope="col">{t('column.name')}</th>
          <th scope="col">{t('guest.mac')}</th>
          <th scope="col">{t('guest.addresses')}</th>
        </tr>
      </thead>
      <tbody>
        {(info.interfaces ?? []).map(({ name, mac, addresses }) => (
          <tr key={`${name} ${mac}`}>
            <td>{name}</td>
            <td className="mono small">{mac ?? '–'}</td>
            <td className="mono small">{addresses.map(({ address, prefix }) => `${address}/${prefix}`).join(', ') || '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function offsetText(minutes: number): string {
  const sign = minutes < 0 ? '−' : '+'
  const size = Math.abs(minutes)
  return `UTC${sign}${Math.floor(size / 60)}:${String(size % 60).padStart(2, '0')}`
}
