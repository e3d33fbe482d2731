import { at, parseXml } from '../../../xml/index.ts'
import { memoryKiB } from '../domain-facts.ts'

/** A balloon is made of the guest's pages: what is no whole number of them is reached within one. */
const PAGE_KIB = 4

/** What a guest was told to make do with. */
export interface BalloonTarget {
  readonly targetKiB: number
  /** From here while it ran; else it is what the machine was started with. */
  readonly isAsked: boolean
}

interface Told extends BalloonTarget {
  readonly run: string
  readonly isReached: boolean
}

/**
 * What the guests of one host were told to make do with, as far as this link has seen it: libvirt tells only what they have, which is
 * everything until their balloon driver is up, and stays so in a guest without one. Nothing is known of a machine that ran already when the
 * link came up, nor once its balloon has moved away from where it had got to: then somebody else has told it something.
 */
export class BalloonTargets {
  readonly #told = new Map<string, Told>()

  /** `run` is libvirt's number of this run of it. */
  started(ref: string, run: string, targetKiB: number): void {
    this.#told.set(ref, { run, targetKiB, isAsked: false, isReached: false })
  }

  asked(ref: string, run: string, targetKiB: number): void {
    this.#told.set(ref, { run, targetKiB, isAsked: true, isReached: false })
  }

  stopped(ref: string): void {
    this.#told.delete(ref)
  }

  /** It has so much now. */
  saw(ref: string, hasKiB: number): void {
    const told = this.#told.get(ref)
    if (!told) return
    const isThere = Math.abs(told.targetKiB - hasKiB) < PAGE_KIB
    if (isThere) this.#told.set(ref, { ...told, isReached: true })
    else if (told.isReached) this.#told.delete(ref)
  }

  /** Null: it is not known. */
  of(ref: string, run: string): BalloonTarget | null {
    const told = this.#told.get(ref)
    return told?.run === run ? told : null
  }
}

/** libvirt's number of the run that a running definition is of. Throws SyntaxError for what is no XML. */
export function runOf(runningXml: string): string {
  return parseXml(runningXml).attributes.id ?? ''
}

/** What a start from this definition tells its guest to make do with. */
export function startKiB(keptXml: string): number {
  const domain = parseXml(keptXml)
  return memoryKiB(at(domain, 'currentMemory')) ?? memoryKiB(at(domain, 'memory')) ?? 0
}
