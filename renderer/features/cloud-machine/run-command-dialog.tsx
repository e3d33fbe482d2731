import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useId, useState } from 'react'
import { toWireError } from '../../../shared/errors/index.ts'
import type { CloudFacts, CommandOutcome, Machine } from '../../../shared/model/index.ts'
import { useApiCommand } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useTicking } from '../../lib/time/ticker.ts'
import { ActionButton, Banner, CopyButton, Problem } from '../../ui/index.ts'

const MAX_SCRIPT = 50_000

export interface RunCommandDialogProps {
  readonly machine: Machine
  readonly cloud: CloudFacts
  readonly onClose: () => void
}

/** A script, its run, and what came of it: the exit code and both outputs. It can be changed and run again. */
export function RunCommandDialog({ machine, cloud, onClose }: RunCommandDialogProps) {
  const { t } = useI18n()
  const id = useId()
  const [script, setScript] = useState('')
  const [startedAtMs, setStartedAtMs] = useState(0)
  const run = useApiCommand('clouds.runCommand', (api, text: string) => api.clouds.runCommand({ machineId: machine.id, script: text }))
  const why = run.isPending
    ? t('cloud.run.running')
    : script.trim() === ''
      ? t('cloud.run.empty')
      : script.length > MAX_SCRIPT
        ? t('cloud.run.long', { limit: MAX_SCRIPT })
        : undefined
  return (
    <Modal
      isOpen
      variant="medium"
      onClose={onClose}
      aria-label={t('cloud.run.title', { name: machine.name })}
      elementToFocus={`#${CSS.escape(id)}`}
    >
      <ModalHeader title={t('cloud.run.title', { name: machine.name })} />
      <ModalBody>
        <form
          id={`${id}-form`}
          className="run-form"
          onSubmit={(event) => {
            event.preventDefault()
            if (why !== undefined) return
            setStartedAtMs(Date.now())
            run.mutate(script)
          }}
        >
          <label htmlFor={id}>{t(cloud.platform === 'windows' ? 'cloud.run.script.windows' : 'cloud.run.script.linux')}</label>
          <textarea
            id={id}
            className="text-input mono"
            rows={8}
            spellCheck={false}
            autoCapitalize="off"
            value={script}
            readOnly={run.isPending}
            aria-describedby={`${id}-note`}
            onChange={(event) => setScript(event.target.value)}
          />
          <p id={`${id}-note`} className="form-note">
            {t('cloud.run.audited')}
          </p>
        </form>
        <div className="run-outcome" aria-busy={run.isPending}>
          {run.isPending ? (
            <Running sinceMs={startedAtMs} />
          ) : run.error ? (
            <Banner tone="bad">
              <Problem error={toWireError(run.error)} />
            </Banner>
          ) : (
            run.data && <Outcome outcome={run.data} />
          )}
        </div>
      </ModalBody>
      <ModalFooter>
        <ActionButton type="submit" form={`${id}-form`} variant="primary" isLoading={run.isPending} disabledReason={why}>
          {t(run.data || run.error ? 'cloud.run.again' : 'cloud.run.do')}
        </ActionButton>
        <Button variant="secondary" onClick={onClose}>
          {t('action.close')}
        </Button>
        {run.isPending && <span className="sub">{t('cloud.run.close-note')}</span>}
      </ModalFooter>
    </Modal>
  )
}

function Running({ sinceMs }: { readonly sinceMs: number }) {
  const { t, format } = useI18n()
  const span = useTicking((nowMs) => format.span(Math.max(0, nowMs - sinceMs)))
  return (
    <p className="sub num" role="status">
      {t('cloud.run.running-for', { span })}
    </p>
  )
}

function Outcome({ outcome: { exitCode, stdout, stderr } }: { readonly outcome: CommandOutcome }) {
  const { t } = useI18n()
  const failed = exitCode !== 0
  return (
    <>
      <p role="status" className={`num ${failed ? 'bad-text' : ''}`}>
        {exitCode === null ? t('cloud.run.no-code') : t('cloud.run.code', { code: exitCode })}
      </p>
      <Output title={t('cloud.run.stdout')} text={stdout} />
      {stderr !== '' && <Output title={t('cloud.run.stderr')} text={stderr} />}
    </>
  )
}

function Output({ title, text }: { readonly title: string; readonly text: string }) {
  const { t } = useI18n()
  return (
    <section className="run-output" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {text !== '' && <CopyButton text={text} what={title} />}
      </header>
      {text === '' ? (
        <p className="sub">{t('cloud.run.no-output')}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a long text has to be scrolled by keyboard, too
        <pre className="mono" tabIndex={0} role="region" aria-label={title}>
          {text}
        </pre>
      )}
    </section>
  )
}
