import { Button } from '@patternfly/react-core'
import { Link, useRouteError } from 'react-router'
import type { Permission } from '../../shared/contract/index.ts'
import { useT } from '../lib/i18n/index.ts'
import { EmptyState } from '../ui/index.ts'

export function NotFound() {
  const t = useT()
  return (
    <EmptyState title={t('route.not-found.title')} actions={<Link to="/fleet">{t('route.not-found.back')}</Link>}>
      <p>{t('route.not-found.text')}</p>
    </EmptyState>
  )
}

export function NoPermission({ permission }: { readonly permission: Permission }) {
  const t = useT()
  return (
    <EmptyState title={t('route.forbidden.title')}>
      <p>{t('route.forbidden.text', { permission })}</p>
    </EmptyState>
  )
}

/** A fault of the page itself: says so, keeps the rest of the window usable. */
export function RouteFailure() {
  const t = useT()
  const thrown = useRouteError()
  return (
    <EmptyState
      title={t('route.failed.title')}
      actions={
        <Button variant="secondary" onClick={() => window.location.reload()}>
          {t('route.failed.reload')}
        </Button>
      }
    >
      <p>{t('route.failed.text')}</p>
      <p className="mono small">{thrown instanceof Error ? thrown.message : String(thrown)}</p>
    </EmptyState>
  )
}
