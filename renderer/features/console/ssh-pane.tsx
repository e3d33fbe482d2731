import { RhUiUsersIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-users-icon'
import { useRef, useState } from 'react'
import type { HostKeyInfo, TerminalSize } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useMachineScene } from '../../lib/live/index.ts'
import { HostKeyDialog, keyInQuestion, PromptDialog } from '../connections/index.ts'
import { ConsoleBar } from './console-bar.tsx'
import { ConsoleMessage } from './console-message.tsx'
import { type GuestLoginChoice, keepLogin, loginGroup } from './kept-login.ts'
import type { PaneProps } from './pane.ts'
import { firstAddress, SshLoginForm } from './ssh-login-form.tsx'
import { TerminalPane } from './terminal-pane.tsx'
import { useSshSession } from './use-ssh-session.ts'

/** A shell inside the machine: first as whom, then the shell. */
export function SshPane(props: PaneProps) {
  const { machine, obstacle, plain, picker, windows, onListAgain } = props
  const [login, setLogin] = useState<GuestLoginChoice | null>(null)
  const group = loginGroup(machine, useMachineScene(machine.id).connection?.providerId)
  if (login) return <SshShell {...props} login={login} onOther={() => setLogin(null)} />
  return (
    <>
      <ConsoleBar picker={picker} windows={windows} />
      <div className="console-stage">
        {obstacle ? (
          <ConsoleMessage
            machine={machine}
            obstacle={obstacle}
            snapshot={NOT_TRIED}
            session={null}
            hasPicture={false}
            plain={plain}
            onListAgain={onListAgain}
          />
        ) : (
          <SshLoginForm
            machine={machine}
            group={group}
            onLogIn={(chosen) => {
              keepLogin(machine.id, group, chosen)
              setLogin(chosen)
            }}
          />
        )}
      </div>
    </>
  )
}

const NOT_TRIED = { phase: 'idle', channel: null, trouble: null, nextAtMs: null, lostAtMs: null } as const

interface SshShellProps extends PaneProps {
  readonly login: GuestLoginChoice
  /** Another login is wanted. */
  readonly onOther: () => void
}

function SshShell({ login, onOther, ...pane }: SshShellProps) {
  const { t } = useI18n()
  const { machine, allowed } = pane
  const size = useRef<TerminalSize | undefined>(undefined)
  const { session, snapshot, prompt, trust } = useSshSession({
    machineId: machine.id,
    login,
    allowed,
    size: () => size.current,
  })
  const { phase, trouble } = snapshot
  const [dismissed, setDismissed] = useState<object | null>(null)
  const key = phase === 'failed' ? keyInQuestion(trouble) : null
  const address = login.address ?? firstAddress(machine)
  return (
    <>
      <TerminalPane
        pane={pane}
        name={t('console.which.ssh', { number: 1 })}
        session={session}
        snapshot={snapshot}
        own
        onSize={(now) => {
          size.current = now
        }}
        gapText={(time) => t('console.gap-shell', { time })}
        items={[{ kind: 'button', id: 'other-login', label: t('console.ssh.other'), icon: <RhUiUsersIcon />, run: onOther }]}
      />
      {prompt && <PromptDialog key={prompt.id} of="consoles" prompt={prompt} />}
      {key && dismissed !== trouble && (
        <HostKeyDialog info={named(key, `${machine.name} (${address})`)} onTrust={() => trust(key)} onClose={() => setDismissed(trouble)} />
      )}
    </>
  )
}

/** Filed under a name of its own: the person knows the machine by another. */
function named(key: HostKeyInfo, host: string): HostKeyInfo {
  return { ...key, host }
}
