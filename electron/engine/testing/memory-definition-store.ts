import type { DefinitionVersion } from '../../../shared/model/index.ts'
import type { DefinitionStore, NewDefinitionVersion } from '../../store/store.ts'
import { diskFull } from './memory-log-stores.ts'

interface Kept extends NewDefinitionVersion {
  readonly id: string
}

/** Earlier definitions in memory, as the store's own suite wants them. */
export class MemoryDefinitionStore implements DefinitionStore {
  versions: Kept[] = []
  readonly known = new Map<string, string>()
  /** Writes are refused while set. */
  full = false
  #last = 0

  async put(version: NewDefinitionVersion, keep: number): Promise<string> {
    if (this.full) throw diskFull()
    const { machineId, taskId, definition } = version
    const same = this.versions.find(
      (each) => taskId !== null && each.machineId === machineId && each.taskId === taskId && each.definition === definition,
    )
    if (same) return same.id
    this.#last += 1
    const id = String(this.#last)
    const own = [...this.versions.filter((each) => each.machineId === machineId), { ...version, id }].slice(-keep)
    this.versions = [...this.versions.filter((each) => each.machineId !== machineId), ...own]
    return id
  }

  async list(machineId: string, limit: number): Promise<DefinitionVersion[]> {
    return this.#of(machineId).toReversed().slice(0, limit).map(withoutXml)
  }

  async get(machineId: string, id: string): ReturnType<DefinitionStore['get']> {
    const own = this.#of(machineId)
    const index = own.findIndex((each) => each.id === id)
    const found = own[index]
    if (!found) return null
    const next = own.slice(index + 1).find(({ definition }) => definition === found.definition)
    return { version: withoutXml(found), xml: found.xml, after: next?.xml ?? null }
  }

  async remove(machineId: string, id: string): Promise<void> {
    this.versions = this.versions.filter((each) => each.machineId !== machineId || each.id !== id)
  }

  async seen(machineId: string): Promise<string | null> {
    return this.known.get(machineId) ?? null
  }

  async see(machineId: string, xml: string): Promise<void> {
    this.known.set(machineId, xml)
  }

  async machineIds({ afterId, limit }: Parameters<DefinitionStore['machineIds']>[0]): Promise<string[]> {
    const all = new Set<string>([...this.versions.map(({ machineId }) => machineId), ...this.known.keys()])
    return [...all]
      .filter((id) => id > afterId)
      .toSorted()
      .slice(0, limit)
  }

  async forget(machineId: string): Promise<void> {
    if (this.full) throw diskFull()
    this.versions = this.versions.filter((each) => each.machineId !== machineId)
    this.known.delete(machineId)
  }

  #of(machineId: string): Kept[] {
    return this.versions.filter((each) => each.machineId === machineId)
  }
}

function withoutXml({ machineId: _machine, xml: _xml, ...version }: Kept): DefinitionVersion {
  return version
}
