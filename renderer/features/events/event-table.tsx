import { RhUiCheckIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-check-icon'
import { Link } from 'react-router'
import type { EventRecord } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useEntity } from '../../lib/live/index.ts'
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
  const { machineId, hostId, connectionId, taskId, objectName } = event
  const machine = useEntity('machine', machineId)
  const host = useEntity('host', machineId ? null : hostId)
  const connection = useEntity('connection', machineId || hostId ? null : connectionId)
  const path = machine
    ? paths.machine(machine.id)
    : host
      ? paths.host(host.id)
      : connection
        ? paths.connections(connection.id)
        : taskId && !objectName
          ? paths.tasks(taskId)
          : null
  const name = objectName ?? machine?.name ?? host?.name ?? connection?.name ?? (path === null ? '–' : taskId)
  return path === null ? (
    <span className="sub">{name}</span>
  ) : (
    <Link className="quiet-link" to={path}>
      {name}
    </Link>
  )
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
