import { RhUiCheckIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-check-icon'
import { Link } from 'react-router'
import type { EventRecord } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { StateIcon } from '../../ui/index.ts'
import { eventOrigin, eventText, SEVERITY_SHAPES } from './event-words.ts'

export function SeverityMark({ severity }: { readonly severity: EventRecord['severity'] }) {
  const { t } = useI18n()
  const shape = SEVERITY_SHAPES[severity]
  return (
    <span className="event-mark">
      {shape ? <StateIcon shape={shape} /> : <RhUiCheckIcon className="event-info" />}
      <span className="visually-hidden">{t(`severity.${severity}`)}</span>
    </span>
  )
}

/** A name that leads to the object while it is known; the bare name after it is gone. */
export function EventObject({ event }: { readonly event: EventRecord }) {
  const { store } = useLive()
  const { machineId, hostId, connectionId, taskId, objectName } = event
  if (machineId && store.get('machine', machineId))
    return (
      <Link className="quiet-link" to={paths.machine(machineId)}>
        {objectName ?? machineId}
      </Link>
    )
  if (!machineId && hostId && store.get('host', hostId))
    return (
      <Link className="quiet-link" to={paths.host(hostId)}>
        {objectName ?? hostId}
      </Link>
    )
  if (!machineId && !hostId && connectionId && store.get('connection', connectionId)) {
    return (
      <Link className="quiet-link" to={paths.connections(connectionId)}>
        {objectName ?? connectionId}
      </Link>
    )
  }
  if (taskId && !objectName)
    return (
      <Link className="quiet-link" to={paths.tasks(taskId)}>
        {taskId}
      </Link>
    )
  return <span className="sub">{objectName ?? '–'}</span>
}

/** The last events of one object, one line each. */
export function EventList({ events }: { readonly events: readonly EventRecord[] }) {
  const i18n = useI18n()
  const { format } = i18n
  return (
    <table className="event-list num">
      <tbody>
        {events.map((event) => (
          <tr key={event.id}>
            <td title={format.absolute(event.atMs)}>{format.whenSeconds(event.atMs)}</td>
            <td>
              <SeverityMark severity={event.severity} />
            </td>
            <td className="event-text">{eventText(event, i18n)}</td>
            <td className="sub">{eventOrigin(event, i18n)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
