import { type BuildFinding, cloudInitSchema, machineNameSchema, namesOf } from '../../../shared/model/index.ts'
import { fullHostName } from './blueprint.ts'
import { blocks, warns } from './finding.ts'
import { hostNameOf } from './host-name.ts'

/** How far a free number is looked for. */
const MOST_TRIED = 10_000
const SHOWN = 3

interface Named {
  readonly name: string
  readonly count: number
  readonly first: number
  readonly cloudInit: { readonly domain?: string | undefined } | null
}

/** What is wrong with the names, and with the host names that come of them. `taken`: those of the host's machines. */
export function nameFindings(input: Named, taken: ReadonlySet<string>): BuildFinding[] {
  const names = namesOf(input.name, input.count, input.first)
  const bad = names.find((name) => !machineNameSchema.safeParse(name).success)
  if (bad !== undefined) {
    const text = `“${bad}” cannot be a machine’s name: it is too long, or has a character that names do not have.`
    return [blocks({ code: 'build.bad-name', field: 'name', text, params: { name: bad } })]
  }
  return [...takenFinding(input, names, taken), ...hostNameFindings(input, names)]
}

function takenFinding(input: Named, names: readonly string[], taken: ReadonlySet<string>): BuildFinding[] {
  const clashes = names.filter((name) => taken.has(name))
  const [first] = clashes
  if (first === undefined) return []
  const shown = clashes.slice(0, SHOWN).join(', ')
  const text = `The host has a machine of that name already: ${shown}${clashes.length > SHOWN ? ', …' : ''}.`
  return [
    blocks({
      code: 'build.name-taken',
      field: 'name',
      text,
      params: { names: shown, count: clashes.length },
      mend: nextFree(input, taken),
    }),
  ]
}

/** Another first number, or where the name has none, the name with one. */
function nextFree({ name, count, first }: Named, taken: ReadonlySet<string>): BuildFinding['mend'] {
  const isCounted = count > 1 || /\{n+\}/.test(name)
  for (let number = isCounted ? first + 1 : 2; number < first + MOST_TRIED; number += 1) {
    const names = isCounted ? namesOf(name, count, number) : [`${name}-${number}`]
    if (names.some((one) => taken.has(one))) continue
    return isCounted
      ? { code: 'build.next-number', field: 'first', value: number }
      : { code: 'build.next-name', field: 'name', value: names[0] ?? name }
  }
  return null
}

function hostNameFindings({ cloudInit }: Named, names: readonly string[]): BuildFinding[] {
  if (!cloudInit) return []
  const nameless = names.find((name) => hostNameOf(name) === null)
  if (nameless !== undefined) {
    const text = `No host name can be made of “${nameless}”: it has no letter from a to z and no digit.`
    return [blocks({ code: 'build.no-host-name', field: 'name', text, params: { name: nameless } })]
  }
  const full = names.map((name) => fullHostName(name, cloudInit.domain) ?? '')
  if (full.some((name) => !cloudInitSchema.shape.hostname.safeParse(name).success)) {
    const text = `“${cloudInit.domain ?? ''}” is no domain, such as example.org.`
    return [blocks({ code: 'build.bad-domain', field: 'cloudInit.domain', text, params: { domain: cloudInit.domain ?? '' } })]
  }
  const twice = full.find((name, index) => full.indexOf(name) !== index)
  if (twice === undefined) return []
  const text = `Several of these machines would be called ${twice} inside: letters that host names do not have were left out.`
  return [warns({ code: 'build.host-name-twice', field: 'name', text, params: { name: twice } })]
}
