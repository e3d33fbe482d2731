import { Button } from '@patternfly/react-core'
import { RhUiFileCodeIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-file-code-icon'
import { useState } from 'react'
import { type AppError, toWireError, type WireError } from '../../../shared/errors/index.ts'
import type { HostKeyInfo } from '../../../shared/model/index.ts'
import { toPageError, useApi } from '../../lib/api/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import { Fresh, type FreshShape, Kbd, Problem } from '../../ui/index.ts'
import { type CheckRun, HostKeyDialog, runError, useTargetWorkspace } from '../connections/index.ts'
import { type Candidate, type CandidateChecks, candidateKey } from './ssh-import.ts'

export interface SshImportProps {
  readonly candidates: readonly Candidate[]
  readonly pending: boolean
  readonly problems: readonly WireError[]
  readonly failure: AppError | null
  readonly checks: CandidateChecks
  readonly onAgain: () => void
  readonly onDone: (workspaceId: string) => Promise<void>
}

interface Finding {
  readonly shape: FreshShape
  readonly text: string
  /** It can be imported now. */
  readonly ready: boolean
  readonly key: HostKeyInfo | null
}

/** One host of ~/.ssh/config in words: what answered, or why nothing did. */
function findingOf(candidate: Candidate, run: CheckRun | undefined, i18n: I18n): Finding {
  const { t } = i18n
  if (candidate.connectionId !== null) return { shape: 'live', text: t('welcome.added'), ready: false, key: null }
  if (!run || run.status === 'idle') return { shape: 'never', text: t('welcome.waiting'), ready: false, key: null }
  if (run.status === 'running') return { shape: 'never', text: t('welcome.checking'), ready: false, key: null }
  if (run.status === 'ok') {
    const version = run.versions.find((one) => one.name === 'libvirt')?.version ?? ''
    return { shape: 'live', text: t('welcome.answers', { version, machines: run.machines ?? 0 }), ready: true, key: null }
  }
  if (run.hostKey) return { shape: 'partly', text: t(`welcome.key-${run.hostKey.status}`), ready: false, key: run.hostKey }
  const error = runError(run)
  const short = error ? (i18n.optional(`welcome.short.${error.code}`) ?? i18n.error(error)) : t('welcome.no-answer')
  return { shape: error?.kind === 'unreachable' || error?.kind === 'timeout' ? 'lost' : 'partly', text: short, ready: false, key: null }
}

/** The hosts of ~/.ssh/config with a live check of each; the ticked ones are added together. */
export function SshImport({ candidates, pending, problems, failure, checks, onAgain, onDone }: SshImportProps) {
  const i18n = useI18n()
  const { t } = i18n
  const api = useApi()
  const target = useTargetWorkspace()
  const [unticked, setUnticked] = useState<ReadonlySet<string>>(new Set())
  const [asking, setAsking] = useState<{ readonly candidate: Candidate; readonly info: HostKeyInfo } | null>(null)
  const [importing, setImporting] = useState(false)
  const [failed, setFailed] = useState<readonly { readonly name: string; readonly error: AppError }[]>([])
  const rows = candidates.map((candidate) => ({
    candidate,
    id: candidateKey(candidate),
    finding: findingOf(candidate, checks.runs.get(candidateKey(candidate)), i18n),
  }))
  const chosen = rows.filter((row) => row.finding.ready && !unticked.has(row.id))
  const open = rows.filter((row) => row.candidate.connectionId === null)
  const keys = rows.filter((row) => row.finding.key !== null).length
  const ready = rows.filter((row) => row.finding.ready).length
  const checking = rows.some(
    (row) => row.candidate.connectionId === null && ['idle', 'running'].includes(checks.runs.get(row.id)?.status ?? 'idle'),
  )

  async function importChosen() {
    setImporting(true)
    setFailed([])
    const workspaceId = await target().catch((thrown: unknown) => {
      setFailed([{ name: '', error: toPageError(thrown, 'command') }])
      return null
    })
    if (workspaceId === null) return setImporting(false)
    const results = await Promise.all(
      chosen.map(async ({ candidate, id }) => {
        const key = checks.keys.get(id)
        try {
          await api.connections.add({
            workspaceId,
            providerId: candidate.providerId,
            name: candidate.name,
            config: candidate.config,
            ...(key && { acceptHostKey: key }),
          })
          return null
        } catch (thrown) {
          return { name: candidate.name, error: toPageError(thrown, 'command') }
        }
      }),
    )
    const broken = results.filter((one) => one !== null)
    if (broken.length === 0) await onDone(workspaceId)
    else {
      setFailed(broken)
      onAgain()
    }
    setImporting(false)
  }

  return (
    <div className="welcome-option open" id="welcome-import">
      <RhUiFileCodeIcon />
      <div>
        <b>{t('welcome.import.title')}</b>
        <span className="welcome-text" role="status">
          {candidates.length === 0
            ? t(pending ? 'welcome.import.reading' : 'welcome.import.none')
            : open.length === 0
              ? t('welcome.import.all-here')
              : checking
                ? t('welcome.import.checking', { count: open.length })
                : keys > 0
                  ? t('welcome.import.needs-look', { count: open.length, ready, keys })
                  : t('welcome.import.found', { count: open.length, ready })}
        </span>
        {failure && <Problem error={toWireError(failure)} />}
        {problems.map((error) => (
          <Problem key={error.code} error={error} />
        ))}
        {rows.length > 0 && (
          <div className="welcome-hosts">
            <table className="num" aria-label={t('welcome.import.title')}>
              <tbody>
                {rows.map(({ candidate, id, finding }) => (
                  <tr key={id} className={finding.ready ? '' : 'quiet'}>
                    <td>
                      <input
                        type="checkbox"
                        className="check-input"
                        aria-label={t('fleet.select-machine', { name: candidate.name })}
                        disabled={!finding.ready || importing}
                        checked={finding.ready && !unticked.has(id)}
                        onChange={(event) => {
                          const next = new Set(unticked)
                          if (event.target.checked) next.delete(id)
                          else next.add(id)
                          setUnticked(next)
                        }}
                      />
                    </td>
                    <td className="ellipsis" title={candidate.name}>
                      {candidate.name}
                    </td>
                    <td className="mono ellipsis" title={candidate.address}>
                      {candidate.address}
                    </td>
                    <td className="ellipsis" title={finding.text}>
                      <Fresh shape={finding.shape} />{' '}
                      {finding.key ? (
                        <Button variant="link" isInline onClick={() => finding.key && setAsking({ candidate, info: finding.key })}>
                          {finding.text}
                        </Button>
                      ) : (
                        finding.text
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {failed.map(({ name, error }) => (
          <p key={name} className="bad-text">
            {name && <b>{name}: </b>}
            {i18n.error(error)}
          </p>
        ))}
        <div className="welcome-actions">
          {rows.length > 0 && (
            <Button
              variant={chosen.length > 0 ? 'primary' : 'secondary'}
              isDisabled={chosen.length === 0 || importing}
              isLoading={importing}
              onClick={() => void importChosen()}
            >
              {t('welcome.import.do', { count: chosen.length })}
            </Button>
          )}
          <Button variant="link" isInline isDisabled={pending} onClick={onAgain}>
            {t('welcome.import.again')}
          </Button>
        </div>
      </div>
      <Kbd>2</Kbd>
      {asking && (
        <HostKeyDialog
          info={asking.info}
          onTrust={() => {
            checks.trust(asking.candidate, asking.info)
            setAsking(null)
          }}
          onClose={() => setAsking(null)}
        />
      )}
    </div>
  )
}
