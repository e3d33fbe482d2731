import { ALL_ZONES } from './catalogue.ts'
import { type Answer, type Call, pageOf } from './route.ts'

export const projectOf = ({ params }: Call): string => params['project'] ?? ''

export const zoneScopes = ALL_ZONES.map((zone) => `zones/${zone}`)

/** A list of one project. */
export function listAnswer(call: Call, kind: string, path: string, all: readonly object[]): Answer {
  const { items, nextPageToken } = pageOf(all, call.query)
  const id = `projects/${projectOf(call)}/${path}`
  return {
    kind: `compute#${kind}List`,
    id,
    ...(items.length === 0 ? {} : { items }),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
    selfLink: `${call.world.root}${id}`,
  }
}

/** By scope, each with what is there or with a warning that nothing is. */
export function aggregatedAnswer(
  call: Call,
  kind: string,
  plural: string,
  all: readonly { readonly scope: string; readonly body: object }[],
  scopes: readonly string[],
): Answer {
  const { items, nextPageToken } = pageOf(all, call.query)
  const id = `projects/${projectOf(call)}/aggregated/${plural}`
  const entries = scopes.map((scope): [string, object] => {
    const here = items.filter((item) => item.scope === scope).map(({ body }) => body)
    if (here.length > 0) return [scope, { [plural]: here }]
    const message = `There are no results for scope '${scope}' on this page.`
    return [scope, { warning: { code: 'NO_RESULTS_ON_PAGE', message, data: [{ key: 'scope', value: scope }] } }]
  })
  return {
    kind: `compute#${kind}AggregatedList`,
    id,
    items: Object.fromEntries(entries),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
    selfLink: `${call.world.root}${id}`,
  }
}
