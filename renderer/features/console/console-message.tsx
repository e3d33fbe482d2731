import { Button } from '@patternfly/react-core'
import type { ReactNode } from 'react'
import type { Machine } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive } from '../../lib/live/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { useTicking } from '../../lib/time/ticker.ts'
import { ActionButton, Age, Skeleton, useLate } from '../../ui/index.ts'
import { disabledReason, type OfferId, offerOf, planOffer, requestAction } from '../machine-actions/index.ts'
import type { ConsoleSession, ConsoleSnapshot } from './console-session.ts'
import type { Obstacle } from './obstacle.ts'

export interface ConsoleMessageProps {
  readonly machine: Machine
  readonly obstacle: Obstacle | null
  readonly snapshot: ConsoleSnapshot
  readonly session: ConsoleSession | null
  /** The last picture or text stands behind it. */
  readonly hasPicture: boolean
  /** The head of the page offers the start already: this is not the view's one primary button. */
  readonly plain: boolean
  readonly onListAgain: () => void
  /** A shell of somebody's own: it ends because they leave it. */
  readonly isShell?: boolean
}

/** What stands in place of a console that is not open, or over its last picture: what is, why, and what can be done. */
export function ConsoleMessage(props: ConsoleMessageProps) {
  const { machine, obstacle, snapshot, session, hasPicture, isShell = false } = props
  const i18n = useI18n()
  const { t } = i18n
  const { phase, trouble, lostAtMs } = snapshot
  if (obstacle) return <ObstacleMessage {...props} obstacle={obstacle} />
  if (phase === 'open') return null
  if (phase === 'opening' || phase === 'idle') {
    return hasPicture ? <Card title={t('console.opening-again')} atMs={lostAtMs} hasPicture /> : <Waiting />
  }
  const again = (
    <Button variant="secondary" onClick={() => session?.retry()}>
      {t(isShell && !trouble ? 'console.ssh.again' : 'console.try-again')}
    </Button>
  )
  if (phase === 'failed' && trouble?.code === 'console.busy') {
    return (
      <Card
        title={t('console.busy')}
        atMs={lostAtMs}
        hasPicture={hasPicture}
        actions={
          <>
            <Button variant="secondary" onClick={() => session?.takeOver()}>
              {t('console.take-over')}
            </Button>
            {again}
          </>
        }
      >
        <p>{t('console.busy-text', { name: machine.name })}</p>
      </Card>
    )
  }
  return (
    <Card
      title={t(trouble ? (lostAtMs === null ? 'console.failed' : 'console.broke') : 'console.ended')}
      atMs={lostAtMs}
      hasPicture={hasPicture}
      actions={again}
    >
      <p>
        {trouble
          ? // a close reason brings no details along, without which some words cannot be made
            i18n.error({ code: trouble.code, message: trouble.message, details: trouble.details }) ||
            t('console.code', { code: trouble.code })
          : t(isShell ? 'console.ended-shell' : 'console.ended-text')}
      </p>
      {phase === 'waiting' && <NextTry atMs={snapshot.nextAtMs} />}
    </Card>
  )
}

function ObstacleMessage({ machine, obstacle, snapshot, hasPicture, plain, onListAgain }: ConsoleMessageProps & { obstacle: Obstacle }) {
  const i18n = useI18n()
  const { t } = i18n
  const { name } = machine
  const shared = { atMs: snapshot.lostAtMs, hasPicture }
  // where it does not run, the head of the page offers the way on
  const primary = plain || machine.state === 'running'
  switch (obstacle.kind) {
    case 'gone':
      return (
        <Card title={t('console.gone', { name })} {...shared}>
          <p>{t('console.gone-text')}</p>
        </Card>
      )
    case 'forbidden':
      return (
        <Card title={t('console.forbidden')} {...shared}>
          <p>{t('route.forbidden.text', { permission: 'machine.console' })}</p>
        </Card>
      )
    case 'no-link':
      return (
        <Card title={t('console.no-link', { name })} {...shared}>
          <p>{obstacle.reason ?? t('console.no-link-text')}</p>
          <p>{t('console.no-link-then')}</p>
        </Card>
      )
    case 'off':
      return (
        <Card
          title={t(obstacle.saved ? 'console.saved' : 'console.off', { name })}
          actions={<OfferButton machine={machine} offer={obstacle.saved ? 'restore' : 'start'} primary={primary} />}
          {...shared}
        >
          <p>{t('console.off-text')}</p>
        </Card>
      )
    case 'unlisted':
      return (
        <Card
          title={t('console.failed')}
          actions={
            <Button variant="secondary" onClick={onListAgain}>
              {t('console.try-again')}
            </Button>
          }
          {...shared}
        >
          <p>{i18n.error(obstacle.error)}</p>
        </Card>
      )
    case 'none':
      return (
        <Card
          title={t('console.none', { name })}
          actions={<OfferButton machine={machine} offer="addDisplay" primary={primary} />}
          {...shared}
        >
          <p>{t('console.none-text')}</p>
        </Card>
      )
    case 'closed':
      return (
        <Card
          title={t('console.closed')}
          actions={obstacle.addable && <OfferButton machine={machine} offer="addDisplay" primary={primary} />}
          {...shared}
        >
          <p>{i18n.reason(obstacle.reason)}</p>
          {obstacle.addable && <p>{t('console.add-display-text')}</p>}
        </Card>
      )
    case 'after-start':
      return (
        <Card title={t('console.after-start')} actions={<OfferButton machine={machine} offer="shutdown" />} {...shared}>
          <p>{t('console.after-start-text', { name })}</p>
        </Card>
      )
  }
}

interface OfferButtonProps {
  readonly machine: Machine
  readonly offer: OfferId
  /** The view has no other primary button. */
  readonly primary?: boolean
}

/** What can be done to the machine about it; where it cannot be done now it says why. */
function OfferButton({ machine, offer: id, primary = false }: OfferButtonProps) {
  const i18n = useI18n()
  const live = useLive()
  const may = usePermissions()
  const offer = offerOf(id)
  const reason = disabledReason(planOffer(offer, [machine.id], live, may), i18n)
  return (
    <ActionButton
      variant={primary && reason === undefined ? 'primary' : 'secondary'}
      disabledReason={reason}
      onClick={() => requestAction(offer.id, [machine.id])}
    >
      {i18n.t(offer.label)}
    </ActionButton>
  )
}

interface CardProps {
  readonly title: string
  readonly atMs: number | null
  readonly hasPicture: boolean
  readonly children?: ReactNode
  readonly actions?: ReactNode
}

function Card({ title, atMs, hasPicture, children, actions }: CardProps) {
  const { t } = useI18n()
  return (
    <div className={`console-message${hasPicture ? ' over' : ''}`}>
      <div className="console-card" role="status">
        <h2>{title}</h2>
        {children}
        {hasPicture && atMs !== null && (
          <p className="console-age">
            {t('console.picture-age')} <Age atMs={atMs} ago />
          </p>
        )}
        {actions && <div className="empty-actions">{actions}</div>}
      </div>
    </div>
  )
}

function NextTry({ atMs }: { readonly atMs: number | null }) {
  const { t, format } = useI18n()
  const text = useTicking((nowMs) =>
    atMs === null
      ? t('console.next-when-seen')
      : atMs - nowMs < 1_000
        ? t('console.next-now')
        : t('console.next-in', { span: format.span(atMs - nowMs) }),
  )
  return <p className="sub num">{text}</p>
}

function Waiting() {
  const late = useLate(true)
  return late ? (
    <div className="console-waiting rows-waiting">
      <Skeleton width={320} />
      <Skeleton width={440} />
      <Skeleton width={260} />
    </div>
  ) : null
}
