import type { BuildFinding, CloneSource } from '../../../../shared/model/index.ts'
import { within } from '../act-context.ts'
import { readAbilities } from './abilities.ts'
import type { BuildContext } from './build-context.ts'
import { checkSize } from './check-host.ts'
import { checkPools, type Need } from './check-space.ts'
import { SEED_BYTES, taken } from './check-volumes.ts'
import { checkNics } from './check-wires.ts'
import { hasSeveralCells } from './copy-size.ts'
import { readSource } from './definition.ts'
import type { CopyDefinition } from './files.ts'
import { blocks } from './finding.ts'
import { isSameNic } from './nic-xml.ts'
import { readHostSize } from './options.ts'
import { cloneSource } from './source.ts'
import { Storage } from './storage.ts'
import { readWires } from './wires.ts'
import { parseTree } from './xml-tree.ts'

/** What stands in the way of copies of a machine. Its state, and which of its disks can be copied, are in its `source` already. */
export async function checkCopy(context: BuildContext, definition: CopyDefinition, count: number): Promise<readonly BuildFinding[]> {
  const { host } = context
  const options = within(context)
  const [source, xml, abilities, wires, size] = await Promise.all([
    cloneSource(context, definition.sourceRef),
    readSource(host, definition.sourceRef, false, options),
    readAbilities(host, null, options),
    readWires(host, options),
    readHostSize(host, options),
  ])
  const storage = new Storage(host, options)
  const { changes } = definition
  const sizes = { vcpus: changes.vcpus ?? source.vcpus, memoryMiB: changes.memoryMiB ?? source.memoryMiB }
  const fields = { vcpus: 'changes.vcpus', memory: 'changes.memoryMiB' }
  return [
    ...checkCells(definition, source, xml),
    ...checkSize(sizes, count, fields, abilities.capabilities.maxVcpus, size),
    ...changedNics(definition, source).flatMap(({ nic, index }) =>
      checkNics([nic], 'changes.nics', wires, abilities.libvirtVersion).map((found) => renumbered(found, index)),
    ),
    ...(await checkDisks(definition, source, count, storage)),
  ]
}

function checkCells({ changes }: CopyDefinition, { name }: Pick<CloneSource, 'name'>, xml: string): readonly BuildFinding[] {
  if ((changes.vcpus === undefined && changes.memoryMiB === undefined) || !hasSeveralCells(parseTree(xml))) return []
  const text = `The processors and memory of ${name} are spread over NUMA cells: they cannot be changed in a copy.`
  const field = changes.vcpus === undefined ? 'changes.memoryMiB' : 'changes.vcpus'
  return [blocks({ code: 'build.numa-cells', field, text, params: { name } })]
}

/** Cards that stay as they are lead where the original's lead. */
function changedNics({ changes }: CopyDefinition, { nics }: Pick<CloneSource, 'nics'>) {
  return (changes.nics ?? []).flatMap((nic, index) => {
    const before = nics[index]
    return before && isSameNic(before, nic) ? [] : [{ nic, index }]
  })
}

function renumbered(found: BuildFinding, index: number): BuildFinding {
  const at = (field: string) => field.replace('changes.nics.0', `changes.nics.${index}`)
  return { ...found, field: found.field && at(found.field), mend: found.mend && { ...found.mend, field: at(found.mend.field) } }
}

async function checkDisks(
  { mode, disks, changes, seed }: CopyDefinition,
  source: Omit<CloneSource, 'machineId'>,
  count: number,
  storage: Storage,
): Promise<readonly BuildFinding[]> {
  const needs: Need[] = []
  const findings: BuildFinding[] = []
  for (const { target, capacityBytes, allocationBytes } of source.disks) {
    const next = disks[target]
    if (!next) continue
    needs.push({
      pool: next.pool,
      field: 'pool',
      format: mode === 'linked' ? 'qcow2' : next.format,
      nowBytes: mode === 'full' ? (allocationBytes ?? 0) : 0,
      fullBytes: Math.max(changes.diskSizes?.[target] ?? 0, capacityBytes ?? 0),
    })
    findings.push(...(await taken(storage, next)))
  }
  if (seed) needs.push({ pool: seed.pool, field: 'pool', format: 'raw', nowBytes: SEED_BYTES, fullBytes: SEED_BYTES })
  return [...(await checkPools(needs, count, storage)), ...findings]
}
