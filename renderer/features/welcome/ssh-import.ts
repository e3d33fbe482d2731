import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { HostKeyInfo } from '../../../shared/model/index.ts'
import { type Api, useApi } from '../../lib/api/index.ts'
import { type CheckRun, followCheck } from '../connections/index.ts'

export type Candidate = Awaited<ReturnType<Api['connections']['discover']>>['candidates'][number]
export type KeyChoice = Pick<HostKeyInfo, 'host' | 'port' | 'keyType' | 'fingerprint'>

/** So many hosts are tried at a time: enough to be quick, too few to look like a scan. */
const AT_ONCE = 4

export function candidateKey(candidate: Candidate): string {
  return `${candidate.providerId}/${candidate.source}/${candidate.name}`
}

export interface CandidateChecks {
  readonly runs: ReadonlyMap<string, CheckRun>
  readonly keys: ReadonlyMap<string, KeyChoice>
  /** Trusts a key for the import, and tries that host again with it. */
  readonly trust: (candidate: Candidate, info: HostKeyInfo) => void
}

/** Checks each candidate that is not added yet, a few at a time; a new list starts all of them anew. */
export function useCandidateChecks(candidates: readonly Candidate[]): CandidateChecks {
  const api = useApi()
  const [runs, setRuns] = useState<ReadonlyMap<string, CheckRun>>(new Map())
  const [keys, setKeys] = useState<ReadonlyMap<string, KeyChoice>>(new Map())
  const [checked, setChecked] = useState(candidates)
  if (checked !== candidates) {
    setChecked(candidates)
    setRuns(new Map())
  }
  const life = useRef<AbortController | null>(null)

  useEffect(() => {
    const controller = new AbortController()
    life.current = controller
    const queue = candidates.filter((one) => one.connectionId === null)
    const worker = async () => {
      for (let next = queue.shift(); next && !controller.signal.aborted; next = queue.shift()) {
        const candidate = next
        await followCheck(api, { providerId: candidate.providerId, config: candidate.config }, controller.signal, (run) =>
          setRuns((before) => new Map(before).set(candidateKey(candidate), run)),
        )
      }
    }
    for (let count = 0; count < AT_ONCE; count += 1) void worker()
    return () => controller.abort()
  }, [api, candidates])

  const trust = useCallback(
    (candidate: Candidate, info: HostKeyInfo) => {
      const id = candidateKey(candidate)
      const choice = { host: info.host, port: info.port, keyType: info.keyType, fingerprint: info.fingerprint }
      setKeys((before) => new Map(before).set(id, choice))
      const signal = life.current?.signal ?? new AbortController().signal
      void followCheck(api, { providerId: candidate.providerId, config: candidate.config, acceptHostKey: choice }, signal, (run) =>
        setRuns((before) => new Map(before).set(id, run)),
      )
    },
    [api],
  )
  return useMemo(() => ({ runs, keys, trust }), [runs, keys, trust])
}
