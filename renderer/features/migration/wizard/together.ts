import { type Machine, MovesTogether } from '../../../../shared/model/index.ts'
import type { Looked } from './queries.ts'

/** The pre-flights of several machines, in their order, with what is too much when those before them go as well. */
export function lookedTogether(looked: readonly Looked[], machines: readonly Machine[]): readonly Looked[] {
  if (looked.length < 2) return looked
  const names = new Map<string, string>(machines.map(({ id, name }) => [id, name]))
  const together = new MovesTogether()
  return looked.map((one) => {
    const { id, preflight } = one
    const said = preflight ? together.add(names.get(id) ?? id, preflight) : []
    return preflight && said.length > 0 ? { ...one, preflight: { ...preflight, findings: [...said, ...preflight.findings] } } : one
  })
}
