import { type BuildFinding, type Host, isClosedHost } from '../../../shared/model/index.ts'
import { blocks } from './finding.ts'

/** What stands in the way on the host itself, whatever is to be made. */
export function hostFindings(host: Host): BuildFinding[] {
  if (!isClosedHost(host)) return []
  const text = `${host.name} is in maintenance: nothing is made there. Choose another host, or end the maintenance.`
  return [blocks({ code: 'build.host-in-maintenance', field: 'hostId', text, params: { host: host.name } })]
}
