import type { AppError } from '../../../shared/errors/index.ts'
import type { MachineMetrics } from '../../../shared/model/index.ts'
import type { FactsByEntity, ProvidedEntity, ProviderChange, ProviderEvent, ProviderSink } from '../provider.ts'

type Known = { readonly [E in ProvidedEntity]: Map<string, FactsByEntity[E]> }

/** A sink that keeps what it is told, as an engine would, and notes whatever breaks the rules of the interface. */
export class Recorder implements ProviderSink {
  readonly known: Known = { host: new Map(), machine: new Map(), network: new Map(), pool: new Map() }
  /** `entity hostRef` of each complete list, with its references. */
  readonly complete = new Map<string, readonly string[]>()
  readonly samples: Array<{ readonly ref: string; readonly metrics: MachineMetrics }> = []
  readonly events: ProviderEvent[] = []
  readonly confirmations = new Map<string, number>()
  /** Hosts that cannot be read now, and why. */
  readonly unseenHosts = new Map<string, AppError>()
  /** Broken rules, in words. Empty at the end of every test. */
  readonly problems: string[] = []
  /** Counts every call, so that silence can be told. */
  calls = 0
  changeCount = 0

  changes(batch: readonly ProviderChange[]): void {
    this.calls++
    for (const change of batch) this.#apply(change)
    for (const [ref, machine] of this.known.machine) {
      if (!this.known.host.has(machine.hostRef)) this.problems.push(`machine ${ref} is on the unknown host ${machine.hostRef}`)
    }
  }

  metrics(samples: ReadonlyArray<{ readonly ref: string; readonly metrics: MachineMetrics }>): void {
    this.calls++
    for (const sample of samples) {
      if (!this.known.machine.has(sample.ref)) this.problems.push(`sample of the unknown machine ${sample.ref}`)
      this.samples.push(sample)
    }
  }

  event(event: ProviderEvent): void {
    this.calls++
    if (!/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$/.test(event.code)) this.problems.push(`event code ${event.code} is not dotted`)
    this.events.push(event)
  }

  confirmed(hostRef: string, atMs: number): void {
    this.calls++
    if (!this.known.host.has(hostRef)) this.problems.push(`the unknown host ${hostRef} confirms`)
    this.confirmations.set(hostRef, atMs)
    this.unseenHosts.delete(hostRef)
  }

  unseen(hostRef: string, _sinceMs: number, why: AppError): void {
    this.calls++
    if (!this.known.host.has(hostRef)) this.problems.push(`the unknown host ${hostRef} is unseen`)
    this.unseenHosts.set(hostRef, why)
  }

  machine(ref: string): FactsByEntity['machine'] | undefined {
    return this.known.machine.get(ref)
  }

  #apply(change: ProviderChange): void {
    this.changeCount++
    const known: Map<string, unknown> = this.known[change.entity]
    switch (change.op) {
      case 'put':
        known.set(change.ref, change.facts)
        return
      case 'patch': {
        const before = known.get(change.ref)
        if (before === undefined) this.problems.push(`patch of the unknown ${change.entity} ${change.ref}`)
        else known.set(change.ref, { ...before, ...change.patch })
        return
      }
      case 'remove':
        if (!known.delete(change.ref)) this.problems.push(`removal of the unknown ${change.entity} ${change.ref}`)
        return
      case 'complete':
        this.#complete(change.entity, change.hostRef, change.refs)
        return
      default:
        change satisfies never
    }
  }

  #complete(entity: ProvidedEntity, hostRef: string | null, refs: readonly string[]): void {
    const listed = new Set(refs)
    this.complete.set(`${entity} ${hostRef}`, refs)
    for (const ref of refs) {
      if (!this.known[entity].has(ref)) this.problems.push(`the complete list of ${entity} names the unknown ${ref}`)
    }
    for (const [ref, facts] of this.known[entity]) {
      const isHere = hostRef === null || ('hostRef' in facts && facts.hostRef === hostRef)
      if (isHere && !listed.has(ref)) this.known[entity].delete(ref)
    }
  }
}
