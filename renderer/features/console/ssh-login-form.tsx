import { Button } from '@patternfly/react-core'
import { type ReactNode, useId, useState } from 'react'
import { type Addressed, GUEST_LOGIN_METHODS, loginAddresses, type Machine } from '../../../shared/model/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import { type GuestLoginChoice, keptLogin, type LoginGroup } from './kept-login.ts'

/** The one that the engine takes unless told otherwise. */
export function firstAddress(machine: Addressed): string {
  return loginAddresses(machine)[0] ?? ''
}

export interface SshLoginFormProps {
  readonly machine: Machine
  readonly group: LoginGroup
  readonly onLogIn: (choice: GuestLoginChoice) => void
}

/** As whom, and how. A password is no part of it: the machine asks for it, and it is kept nowhere. */
export function SshLoginForm({ machine, group, onLogIn }: SshLoginFormProps) {
  const i18n = useI18n()
  const { t } = i18n
  const [kept] = useState(() => keptLogin(machine.id, group))
  const [user, setUser] = useState(kept.user)
  const [method, setMethod] = useState(kept.method)
  const [keyFile, setKeyFile] = useState(kept.keyFile ?? '')
  const [port, setPort] = useState(String(kept.port))
  const [address, setAddress] = useState(kept.address)
  const portNumber = Number(port)
  const isPort = Number.isInteger(portNumber) && portNumber >= 1 && portNumber <= 65_535
  const known = address !== null && machine.addresses.includes(address) ? address : null
  const name = user.trim()
  const userNote =
    name === '' ? t(group.cloud ? `console.ssh.user-of.${group.cloud}` : 'console.ssh.user-missing') : usualNote(name, group, i18n)
  return (
    <div className="console-message">
      <form
        className="console-card console-login"
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault()
          if (user.trim() === '' || !isPort) return
          const file = method === 'key' && keyFile.trim() !== '' ? keyFile.trim() : null
          onLogIn({ user: user.trim(), port: portNumber, address: known, method, keyFile: file })
        }}
      >
        <h2>{t('console.ssh.title', { name: machine.name })}</h2>
        <p>{t(machine.cloud ? 'console.ssh.text-straight' : 'console.ssh.text')}</p>
        <Row label={t('console.ssh.user')} note={userNote} bad={group.cloud === null}>
          {(id, describedBy) => (
            <input
              id={id}
              className="text-input"
              value={user}
              aria-describedby={describedBy}
              autoCapitalize="off"
              spellCheck={false}
              onChange={(event) => setUser(event.target.value)}
            />
          )}
        </Row>
        <Row label={t('console.ssh.method')} note={t(`console.ssh.method-note.${method}`)}>
          {(id, describedBy) => (
            <select
              id={id}
              className="text-input"
              value={method}
              aria-describedby={describedBy}
              onChange={(event) => setMethod(GUEST_LOGIN_METHODS.find((one) => one === event.target.value) ?? 'auto')}
            >
              {GUEST_LOGIN_METHODS.map((one) => (
                <option key={one} value={one}>
                  {t(`console.ssh.method.${one}`)}
                </option>
              ))}
            </select>
          )}
        </Row>
        {method === 'key' && (
          <Row label={t('console.ssh.key-file')} note={t('console.ssh.key-file-note')}>
            {(id, describedBy) => (
              <input
                id={id}
                className="text-input mono"
                value={keyFile}
                placeholder="~/.ssh/id_ed25519"
                aria-describedby={describedBy}
                autoCapitalize="off"
                spellCheck={false}
                onChange={(event) => setKeyFile(event.target.value)}
              />
            )}
          </Row>
        )}
        <Row label={t('console.ssh.address')}>
          {(id) => (
            <select
              id={id}
              className="text-input num"
              value={known ?? ''}
              onChange={(event) => setAddress(event.target.value === '' ? null : event.target.value)}
            >
              <option value="">{t('console.ssh.address-first', { address: firstAddress(machine) })}</option>
              {loginAddresses(machine).map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          )}
        </Row>
        <Row label={t('console.ssh.port')} note={isPort ? undefined : t('console.ssh.port-wrong')} bad>
          {(id, describedBy) => (
            <input
              id={id}
              className="text-input num console-port"
              inputMode="numeric"
              value={port}
              aria-describedby={describedBy}
              aria-invalid={!isPort}
              onChange={(event) => setPort(event.target.value)}
            />
          )}
        </Row>
        <div className="empty-actions">
          <Button type="submit">{t('console.ssh.do')}</Button>
        </div>
      </form>
    </div>
  )
}

/** Where a name that nobody typed comes from. */
function usualNote(name: string, { usual }: LoginGroup, { t }: I18n): string | undefined {
  return usual?.user === name ? t(`console.ssh.user-usual.${usual.from}`) : undefined
}

interface RowProps {
  readonly label: string
  readonly note?: string | undefined
  /** The note says what is wrong. */
  readonly bad?: boolean
  readonly children: (id: string, describedBy: string | undefined) => ReactNode
}

function Row({ label, note, bad = false, children }: RowProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div>
        {children(id, note ? `${id}-note` : undefined)}
        {note && (
          <p id={`${id}-note`} className={`form-note${bad ? ' bad-text' : ''}`}>
            {note}
          </p>
        )}
      </div>
    </div>
  )
}
