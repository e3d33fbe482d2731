import { randomUUID } from 'node:crypto'
import { notFound } from './problem.ts'

export interface OperationError {
  readonly code: string
  readonly message: string
}

export interface Operation {
  readonly project: string
  /** `zones/<zone>`, `regions/<region>` or `global`. */
  readonly scope: string
  readonly name: string
  readonly body: Record<string, unknown> & { status: 'PENDING' | 'RUNNING' | 'DONE' }
}

export interface OperationOrder {
  readonly root: string
  readonly project: string
  readonly scope: string
  readonly type: string
  /** Path of what it is about, from `projects/` on. */
  readonly target: string
  readonly targetId: string
  readonly user: string
  readonly durationMs: number
  readonly requestId: string | null
  /** Work that it takes: it ends no earlier. */
  readonly work?: Promise<unknown>
  /** It is done when this answers null; else it has failed with what it answers. */
  finish(): OperationError | null
  /** Half way, where a state between is to be seen. */
  midway?(): void
  /** Takes back what began, when a planned failure comes in the place of `finish`. */
  undo?(): void
}

/** Operations of Compute Engine: PENDING, RUNNING, DONE. A request that comes again with the same id is the same operation. */
export class Operations {
  readonly #all = new Map<string, Operation>()
  readonly #byRequest = new Map<string, Operation>()
  readonly #waiting = new Map<string, Set<() => void>>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #nextId = 7_037_452_715_874_170_068n
  /** How many were begun: a request repeated under its id adds none. */
  begun = 0
  /** Root of the links in operations, in the place of the cloud's own. */
  linksTo: string | null = null
  /** While true, operations that begin stay PENDING for ever. */
  stuck = false
  /** What the next operations of a type fail with, once each. */
  readonly failures = new Map<string, OperationError>()

  repeated(requestId: string | null): Operation | null {
    return requestId === null ? null : (this.#byRequest.get(requestId) ?? null)
  }

  begin(order: OperationOrder): Operation {
    const name = `operation-${Date.now()}-${randomUUID().slice(0, 13)}-${randomUUID().slice(0, 8)}`
    const place = `${this.linksTo ?? order.root}projects/${order.project}/${order.scope}`
    const [kind] = order.scope.split('/')
    const operation: Operation = {
      project: order.project,
      scope: order.scope,
      name,
      body: {
        kind: 'compute#operation',
        id: String(this.#nextId++),
        name,
        ...(kind === 'zones' ? { zone: place } : kind === 'regions' ? { region: place } : {}),
        operationType: order.type,
        targetLink: `${order.root}${order.target}`,
        targetId: order.targetId,
        status: 'PENDING',
        user: order.user,
        progress: 0,
        insertTime: new Date().toISOString(),
        selfLink: `${place}/operations/${name}`,
      },
    }
    this.begun += 1
    this.#all.set(keyOf(operation), operation)
    if (order.requestId !== null) this.#byRequest.set(order.requestId, operation)
    if (!this.stuck) this.#run(operation, order)
    return operation
  }

  find(project: string, scope: string, name: string): Operation {
    const operation = this.#all.get(`${project}/${scope}/${name}`)
    if (operation === undefined) throw notFound(`projects/${project}/${scope}/operations/${name}`)
    return operation
  }

  /** When it is done, or when so many milliseconds are over: `wait` answers then as well. */
  async wait(operation: Operation, atMostMs: number): Promise<void> {
    if (operation.body.status === 'DONE') return
    await new Promise<void>((resolve) => {
      const waiting = this.#waiting.get(keyOf(operation)) ?? new Set()
      this.#waiting.set(keyOf(operation), waiting)
      const timer = this.#later(atMostMs, go)
      const all = this.#timers
      function go() {
        clearTimeout(timer)
        all.delete(timer)
        waiting.delete(go)
        resolve()
      }
      waiting.add(go)
    })
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    for (const waiting of this.#waiting.values()) for (const go of waiting) go()
  }

  #run(operation: Operation, order: OperationOrder): void {
    this.#later(order.durationMs / 3, () => {
      Object.assign(operation.body, { status: 'RUNNING', startTime: new Date().toISOString() })
      order.midway?.()
    })
    const conclude = () => {
      const planned = this.failures.get(order.type)
      this.failures.delete(order.type)
      if (planned !== undefined) order.undo?.()
      const error = planned ?? order.finish()
      const endTime = new Date().toISOString()
      Object.assign(operation.body, { status: 'DONE', progress: 100, endTime })
      if (error !== null) {
        Object.assign(operation.body, { error: { errors: [error] }, httpErrorStatusCode: 400, httpErrorMessage: 'BAD REQUEST' })
      }
      for (const go of this.#waiting.get(keyOf(operation)) ?? []) go()
      this.#waiting.delete(keyOf(operation))
    }
    this.#later(order.durationMs, () => void (order.work ? order.work.then(conclude) : conclude()))
  }

  #later(ms: number, then: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      then()
    }, ms)
    this.#timers.add(timer)
    return timer
  }
}

const keyOf = ({ project, scope, name }: Operation): string => `${project}/${scope}/${name}`
