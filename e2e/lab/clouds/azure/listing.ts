import type { AzureVm } from './parts.ts'
import { graphRow, listRow, statusRow } from './render.ts'

interface Rendered {
  readonly list: string
  readonly status: string
  readonly graph: string
}
type Kind = keyof Rendered

const RENDER: Readonly<Record<Kind, (vm: AzureVm) => string>> = {
  list: (vm) => JSON.stringify(listRow(vm)),
  status: (vm) => JSON.stringify(statusRow(vm)),
  graph: (vm) => JSON.stringify(graphRow(vm)),
}

interface Entry {
  fresh: Partial<Record<Kind, string>>
  stale: Rendered | null
  /** Until then the lists show what was before. */
  staleUntilMs: number
}

/** The rows of the lists, rendered once for each change, so that a list of thousands costs its server little. */
export class Listing {
  readonly #lagMs: number
  readonly #entries = new WeakMap<AzureVm, Entry>()
  readonly #hiddenUntilMs = new WeakMap<AzureVm, number>()
  #gone: Array<{ readonly vm: AzureVm; readonly rendered: Rendered; readonly untilMs: number }> = []

  constructor(lagMs: number) {
    this.#lagMs = lagMs
  }

  /** To be called before it changes. */
  changing(vm: AzureVm): void {
    const entry = this.#entry(vm)
    if (this.#lagMs > 0 && entry.staleUntilMs <= Date.now()) {
      entry.stale = this.#all(vm)
      entry.staleUntilMs = Date.now() + this.#lagMs
    }
    entry.fresh = {}
  }

  added(vm: AzureVm): void {
    this.#hiddenUntilMs.set(vm, Date.now() + this.#lagMs)
  }

  removed(vm: AzureVm): void {
    if (this.#lagMs > 0) this.#gone.push({ vm, rendered: this.#all(vm), untilMs: Date.now() + this.#lagMs })
  }

  /** The rows of those machines, and of the ones whose removal the lists do not know yet. */
  rows(kind: Kind, machines: Iterable<AzureVm>, wanted: (vm: AzureVm) => boolean): string[] {
    const nowMs = Date.now()
    const rows: string[] = []
    for (const vm of machines) {
      if (!wanted(vm) || (this.#hiddenUntilMs.get(vm) ?? 0) > nowMs) continue
      const entry = this.#entry(vm)
      rows.push(entry.stale !== null && entry.staleUntilMs > nowMs ? entry.stale[kind] : this.#fresh(vm, kind))
    }
    this.#gone = this.#gone.filter(({ untilMs }) => untilMs > nowMs)
    for (const { vm, rendered } of this.#gone) if (wanted(vm)) rows.push(rendered[kind])
    return rows
  }

  #entry(vm: AzureVm): Entry {
    let entry = this.#entries.get(vm)
    if (entry === undefined) {
      entry = { fresh: {}, stale: null, staleUntilMs: 0 }
      this.#entries.set(vm, entry)
    }
    return entry
  }

  #fresh(vm: AzureVm, kind: Kind): string {
    const { fresh } = this.#entry(vm)
    fresh[kind] ??= RENDER[kind](vm)
    return fresh[kind]
  }

  #all(vm: AzureVm): Rendered {
    return { list: this.#fresh(vm, 'list'), status: this.#fresh(vm, 'status'), graph: this.#fresh(vm, 'graph') }
  }
}
