import type { EditableHardware, PendingChange } from '../../../../shared/model/index.ts'
import { deviceChanges, otherChanges, settingChanges, topologyText } from '../../hardware/index.ts'
import { printTree, type Tree } from './definition-tree.ts'
import { keyedDevices } from './device-keys.ts'

/** What the next start will change, in the order of the definition. A made-up machine runs with the very processor that is kept. */
export function pendingChanges(running: EditableHardware, kept: EditableHardware, trees: { running: Tree; kept: Tree }): PendingChange[] {
  const texts = (domain: Tree) => new Map(keyedDevices(domain).map(({ key, tree }) => [key, printTree(tree)]))
  return [
    ...settingChanges(running, kept, {
      isMemoryTold: false,
      cpu: [
        ['cpu.mode', running.cpu.mode, kept.cpu.mode],
        ['cpu.model', running.cpu.model, kept.cpu.model],
        ['cpu.topology', topologyText(running.cpu), topologyText(kept.cpu)],
      ],
    }),
    ...deviceChanges(running, kept),
    ...otherChanges(running, kept, { running: texts(trees.running), kept: texts(trees.kept) }),
  ]
}
