import type { compute_v1 } from '@googleapis/compute/build/v1.js'
import type { ChangedMachines, KnownMachines, SeenMachine } from '../cloud/index.ts'
import { lastOf, refOf } from './refs.ts'

/** What of an instance tells that it has changed: a twentieth of what a row needs. */
export const SIGNATURE_FIELDS = 'id,name,zone,status,fingerprint,labelFingerprint,lastStartTimestamp,lastStopTimestamp'
/** With more than that changed, a whole list costs less than a look at each. */
const MOST_LOOKS = 50

type Instance = compute_v1.Schema$Instance

function signatureOf({ status, fingerprint, labelFingerprint, lastStartTimestamp, lastStopTimestamp }: Instance): string {
  return [status, fingerprint, labelFingerprint, lastStartTimestamp, lastStopTimestamp].join(' ')
}

/** By what each machine was last told, so that a look asks only for those that are otherwise now. */
export class Signatures {
  readonly #byRef = new Map<string, string>()

  keep(ref: string, instance: Instance): void {
    this.#byRef.set(ref, signatureOf(instance))
  }

  /** Null: so much has changed that all of it is to be read. */
  async changed(
    project: string,
    instances: readonly Instance[],
    known: KnownMachines,
    look: (ref: string) => Promise<SeenMachine | null>,
  ): Promise<ChangedMachines | null> {
    const there = new Map<string, string>()
    for (const instance of instances) {
      const { id, name } = instance
      const zone = lastOf(instance.zone)
      if (id && name && zone) there.set(refOf({ project, zone, name, id }), signatureOf(instance))
    }
    const gone = [...known.refs()].filter((ref) => !there.has(ref))
    const doubtful = [...there].filter(([ref, signature]) => known.get(ref) === undefined || this.#byRef.get(ref) !== signature)
    if (doubtful.length + gone.length > MOST_LOOKS) return null
    for (const ref of this.#byRef.keys()) if (ref.startsWith(`${project}/`) && !there.has(ref)) this.#byRef.delete(ref)
    const changed: SeenMachine[] = []
    const gaps: string[] = []
    for (const ref of [...doubtful.map(([each]) => each), ...gone]) {
      const seen = await look(ref)
      if (seen) changed.push(seen)
      else if (known.get(ref)) gaps.push(ref)
    }
    return { changed, gone: gaps }
  }
}
