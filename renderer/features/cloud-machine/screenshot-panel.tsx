import { toWireError } from '../../../shared/errors/index.ts'
import type { Machine } from '../../../shared/model/index.ts'
import { useApiQuery } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, Age, Panel, Problem, Skeleton, useLate } from '../../ui/index.ts'

/** The picture of the machine's display as the cloud sees it, with its time. Taken when somebody asks: each is a call to the cloud. */
export function ScreenshotPanel({ machine, live }: { readonly machine: Machine; readonly live: boolean }) {
  const { t } = useI18n()
  const may = usePermissions()
  const { id: machineId } = machine
  const shot = useApiQuery('clouds.screenshot', { machineId }, (api, signal) => api.clouds.screenshot({ machineId }, { signal }), {
    enabled: false,
  })
  const late = useLate(shot.isFetching)
  const refusal = !may('machine.console')
    ? t('route.forbidden.text', { permission: 'machine.console' })
    : !live
      ? t('guest.no-link')
      : machine.state !== 'running'
        ? t('guest.off', { name: machine.name })
        : undefined
  const { data, error, dataUpdatedAt } = shot
  return (
    <Panel
      title={t('cloud.shot')}
      side={
        data && (
          <span className="sub num">
            {t('cloud.shot.taken')} <Age atMs={dataUpdatedAt} ago />
          </span>
        )
      }
    >
      <ActionButton
        variant="secondary"
        isLoading={shot.isFetching}
        disabledReason={shot.isFetching ? t('cloud.shot.taking') : refusal}
        onClick={() => void shot.refetch()}
      >
        {t(data || error ? 'cloud.shot.again' : 'cloud.shot.take')}
      </ActionButton>
      {error && (
        <div className="cloud-problem" role="alert">
          <Problem error={toWireError(error)} />
        </div>
      )}
      {data ? (
        data.base64 === '' ? (
          <p className="sub cloud-prose">{t('cloud.shot.empty')}</p>
        ) : (
          <img
            className="cloud-shot"
            src={`data:${data.mediaType};base64,${data.base64}`}
            alt={t('cloud.shot.alt', { name: machine.name })}
          />
        )
      ) : late ? (
        <Skeleton width="100%" />
      ) : (
        !error && <p className="sub cloud-prose">{t('cloud.shot.none')}</p>
      )}
    </Panel>
  )
}
