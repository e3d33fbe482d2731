import type { CloudPermission } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { StateIcon } from '../../ui/index.ts'
import { groupPermissions, type PermissionLine } from './permission-groups.ts'

/** So many places are named; of more it is said how many. */
const NAMED_SCOPES = 3

/** What an account is allowed: what is missing first, with what it takes away; what is granted as a count that opens. */
export function PermissionList({ permissions }: { readonly permissions: readonly CloudPermission[] }) {
  const { t } = useI18n()
  if (permissions.length === 0) return null
  const { missing, unknown, granted, lost } = groupPermissions(permissions)
  return (
    <section className="permissions" aria-label={t('permissions.title')}>
      {missing.length > 0 && (
        <>
          <p className="permissions-lost">
            <StateIcon shape="attention" />
            <span>
              <b>{t('permissions.missing', { count: missing.length })}</b>{' '}
              {t('permissions.lost', { features: lost.map((feature) => t(`cloud-feature.${feature}`)).join(', ') || '–' })}{' '}
              {lost.includes('inventory') ? t('permissions.no-inventory') : t('permissions.may-add')}
            </span>
          </p>
          <Lines lines={missing} />
        </>
      )}
      {unknown.length > 0 && (
        <details className="permissions-fold">
          <summary>{t('permissions.unknown', { count: unknown.length })}</summary>
          <Lines lines={unknown} />
        </details>
      )}
      {granted.length > 0 && (
        <details className="permissions-fold">
          <summary>
            {t(missing.length + unknown.length === 0 ? 'permissions.all-granted' : 'permissions.granted', { count: granted.length })}
          </summary>
          <Lines lines={granted} />
        </details>
      )}
    </section>
  )
}

function Lines({ lines }: { readonly lines: readonly PermissionLine[] }) {
  const { t, format } = useI18n()
  return (
    <ul className="permission-lines">
      {lines.map(({ name, features, scopes, details }) => (
        <li key={name}>
          <span className="mono small">{name}</span>
          <span className="sub small">
            {features.map((feature) => t(`cloud-feature.${feature}`)).join(', ')}
            {scopes.length > 0 && (
              <>
                {features.length > 0 && ' · '}
                {scopes.length > NAMED_SCOPES
                  ? t('permissions.in-many', {
                      first: scopes.slice(0, NAMED_SCOPES).join(', '),
                      more: format.number(scopes.length - NAMED_SCOPES),
                    })
                  : scopes.join(', ')}
              </>
            )}
          </span>
          {details.length > 0 && (
            <details className="sub small">
              <summary>{t('permissions.said')}</summary>
              {details.map((detail) => (
                <p key={detail}>{detail}</p>
              ))}
            </details>
          )}
        </li>
      ))}
    </ul>
  )
}
