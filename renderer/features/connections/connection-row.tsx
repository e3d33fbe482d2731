import { Button } from '@patternfly/react-core'
import { RhUiEllipsisVerticalIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-ellipsis-vertical-icon'
import { useEffect, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { type Connection, type HostKeyInfo, isCloudId } from '../../../shared/model/index.ts'
import { useApiCommand } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { useTicking } from '../../lib/time/ticker.ts'
import { Age, Chevron, FloatingMenu, type MenuEntry, Prov, StateIcon } from '../../ui/index.ts'
import { AccountDetail } from './account-detail.tsx'
import { asksPerson, connectionLook, keyInQuestion } from './connection-words.ts'
import { ForgetDialog } from './forget-dialog.tsx'
import { HostKeyDialog } from './host-key-dialog.tsx'
import { LoginDialog } from './login-dialog.tsx'
import { LoginProblem } from './login-problem.tsx'
import { UnlockDialog } from './secrets.tsx'

type Dialog = 'forget' | 'host-key' | 'unlock' | 'login'

export interface ConnectionRowProps {
  readonly connection: Connection
  readonly marked: boolean
  /** There are accounts among the connections: names stand in line, whether their row opens or not. */
  readonly opening: boolean
}

const COLUMNS = 7

/** One connection: its state, under it what is wrong with the way to mend it, and of an account what it consists of. */
export function ConnectionRow({ connection, marked, opening }: ConnectionRowProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const navigate = useNavigate()
  const may = usePermissions()
  const { index } = useLive()
  const row = useRef<HTMLTableRowElement>(null)
  const [menu, setMenu] = useState<{ readonly x: number; readonly y: number } | null>(null)
  const [dialog, setDialog] = useState<Dialog | null>(null)
  const [open, setOpen] = useState(false)
  const reconnect = useApiCommand('connections.reconnect', (api) => api.connections.reconnect({ connectionId: connection.id }))
  const enable = useApiCommand('connections.setEnabled', (api, enabled: boolean) =>
    api.connections.setEnabled({ connectionId: connection.id, enabled }),
  )
  const accept = useApiCommand('connections.acceptHostKey', (api, info: HostKeyInfo) =>
    api.connections.acceptHostKey({
      connectionId: connection.id,
      key: { host: info.host, port: info.port, keyType: info.keyType, fingerprint: info.fingerprint },
      replace: info.status === 'changed',
    }),
  )
  const failure = reconnect.error ?? enable.error ?? accept.error
  useEffect(() => {
    if (marked) row.current?.scrollIntoView({ block: 'center' })
  }, [marked])
  const cloud = isCloudId(connection.providerId) ? connection.providerId : null
  const look = connectionLook(connection, i18n)
  const key = keyInQuestion(connection.error)
  const write = may('connection.write')
  const denied = write ? undefined : t('route.forbidden.text', { permission: 'connection.write' })
  const entries: readonly MenuEntry[] = [
    {
      kind: 'item',
      id: 'try',
      label: t('offline.try-now'),
      disabledReason:
        denied ??
        (connection.status === 'online'
          ? t('connection.is-online')
          : connection.status === 'disabled'
            ? t('connection.is-disabled')
            : undefined),
      run: () => reconnect.mutate(undefined),
    },
    {
      kind: 'item',
      id: 'edit',
      label: t('connection.edit'),
      disabledReason: denied,
      run: () => void navigate(paths.editConnection(connection.id)),
    },
    {
      kind: 'item',
      id: 'enable',
      label: t(connection.status === 'disabled' ? 'connection.enable' : 'connection.disable'),
      disabledReason: denied,
      run: () => enable.mutate(connection.status === 'disabled'),
    },
    ...(cloud === null
      ? [
          {
            kind: 'item' as const,
            id: 'key',
            label: t('connection.re-pin'),
            disabledReason: denied ?? (key ? undefined : t('connection.key-not-asked')),
            run: () => setDialog('host-key'),
          },
        ]
      : []),
    { kind: 'divider', id: 'divider' },
    { kind: 'item', id: 'forget', label: t('connection.forget'), danger: true, disabledReason: denied, run: () => setDialog('forget') },
  ]
  const troubled = connection.error !== null && connection.status !== 'disabled'
  return (
    <>
      <tr ref={row} className={`${marked ? 'marked' : ''}${troubled || open ? ' with-note' : ''}`}>
        <td>
          <span className="state-cell">
            <StateIcon shape={look.shape} muted={look.tone === 'past'} />
            <span className={`state-word ${look.tone}`}>{look.word}</span>
          </span>
        </td>
        <td>
          <span className={`connection-name${opening ? ' opening' : ''}`}>
            {cloud && (
              <button
                type="button"
                className="row-opener"
                aria-expanded={open}
                aria-label={t('account.details-of', { name: connection.name })}
                onClick={() => setOpen(!open)}
              >
                <Chevron open={open} />
              </button>
            )}
            <Prov providerId={connection.providerId} />
            <b className="ellipsis" title={connection.name}>
              {connection.name}
            </b>
          </span>
        </td>
        <td className="ellipsis">{i18n.optional(`provider.short.${connection.providerId}`) ?? connection.providerId}</td>
        <td className="mono small ellipsis" title={connection.address}>
          {connection.address}
        </td>
        <td className="end">{format.number(index.count(`connection/${connection.id}`))}</td>
        <td>
          <Online connection={connection} />
        </td>
        <td className="end">
          <Button
            variant="plain"
            size="sm"
            aria-label={t('connection.actions-of', { name: connection.name })}
            aria-haspopup="menu"
            aria-expanded={menu !== null}
            icon={<RhUiEllipsisVerticalIcon />}
            onClick={(event) => {
              const box = event.currentTarget.getBoundingClientRect()
              setMenu({ x: box.right - 220, y: box.bottom + 4 })
            }}
          />
          {menu && (
            <FloatingMenu
              label={t('connection.actions-of', { name: connection.name })}
              at={menu}
              entries={entries}
              onClose={() => setMenu(null)}
            />
          )}
        </td>
      </tr>
      {troubled && connection.error && (
        <tr className={`note-row${marked ? ' marked' : ''}${open ? ' with-note' : ''}`}>
          <td colSpan={COLUMNS}>
            <div className="connection-note">
              <div className="note-problem">
                <LoginProblem
                  error={connection.error}
                  providerId={connection.providerId}
                  config={connection.config}
                  known={{ user: userOf(connection) }}
                />
              </div>
              {connection.status === 'needs-attention' && write && (
                <span className="note-actions">
                  {key ? (
                    <Button variant="secondary" size="sm" onClick={() => setDialog('host-key')}>
                      {t(key.status === 'changed' ? 'host-key.compare-keys' : 'host-key.look')}
                    </Button>
                  ) : connection.error.code === 'secrets.locked' ? (
                    <Button variant="secondary" size="sm" onClick={() => setDialog('unlock')}>
                      {t('secrets.unlock')}
                    </Button>
                  ) : asksPerson(connection.error) ? (
                    <>
                      <Button variant="secondary" size="sm" onClick={() => setDialog('login')}>
                        {t('login.do')}
                      </Button>
                      <Button variant="link" size="sm" onClick={() => void navigate(paths.editConnection(connection.id))}>
                        {t('connection.enter-login')}
                      </Button>
                    </>
                  ) : (
                    <Button variant="secondary" size="sm" onClick={() => void navigate(paths.editConnection(connection.id))}>
                      {t(connection.error.kind === 'unauthenticated' ? 'connection.enter-login' : 'connection.edit')}
                    </Button>
                  )}
                  <Button variant="link" size="sm" onClick={() => reconnect.mutate(undefined)}>
                    {t('offline.try-now')}
                  </Button>
                </span>
              )}
            </div>
          </td>
        </tr>
      )}
      {failure && (
        <tr className="note-row">
          <td colSpan={COLUMNS} className="bad-text">
            {i18n.error(failure)}
          </td>
        </tr>
      )}
      {open && cloud && (
        <tr className={`note-row${marked ? ' marked' : ''}`}>
          <td colSpan={COLUMNS}>
            <AccountDetail connection={connection} providerId={cloud} />
          </td>
        </tr>
      )}
      {dialog === 'host-key' && key && (
        <DialogRow>
          <HostKeyDialog
            info={key}
            busy={accept.isPending}
            onTrust={() => accept.mutate(key, { onSettled: () => setDialog(null) })}
            onClose={() => setDialog(null)}
          />
        </DialogRow>
      )}
      {dialog === 'login' && (
        <DialogRow>
          <LoginDialog connection={connection} onClose={() => setDialog(null)} />
        </DialogRow>
      )}
      {dialog === 'unlock' && (
        <DialogRow>
          <UnlockDialog onClose={() => setDialog(null)} />
        </DialogRow>
      )}
      {dialog === 'forget' && (
        <DialogRow>
          <ForgetDialog connection={connection} onClose={() => setDialog(null)} />
        </DialogRow>
      )}
    </>
  )
}

/** Dialogs render elsewhere, but a table body may only hold rows. */
function DialogRow({ children }: { readonly children: React.ReactNode }) {
  return (
    <tr hidden>
      <td>{children}</td>
    </tr>
  )
}

function userOf(connection: Connection): string | undefined {
  const { user } = connection.config
  return typeof user === 'string' && user !== '' ? user : undefined
}

/** When it was last there, or when it is tried again. */
function Online({ connection }: { readonly connection: Connection }) {
  const { t, format } = useI18n()
  const { nextAttemptAtMs } = connection
  const wait = useTicking((nowMs) => {
    if (nextAttemptAtMs === null || connection.status !== 'offline') return ''
    return nextAttemptAtMs <= nowMs
      ? t('connection.trying')
      : t('offline.next-try', { wait: format.span(Math.ceil((nextAttemptAtMs - nowMs) / 1_000) * 1_000) })
  })
  if (connection.status === 'online') return <span className="sub">{t('connection.now')}</span>
  return (
    <>
      {connection.lastOnlineAtMs === null ? (
        <span className="sub">{t('connection.never-online')}</span>
      ) : (
        <Age atMs={connection.lastOnlineAtMs} ago />
      )}
      {wait && <span className="sub">, {wait}</span>}
    </>
  )
}
