import type { EntityName, InventoryMessage } from '../../../shared/model/index.ts'

/** A client of the inventory stream as the contract describes it: keeps what it is told, and notices what it must not be told. */
export class ClientMirror {
  readonly objects = new Map<string, Record<string, unknown>>()
  readonly revisions = new Map<string, number>()
  ready = false
  messages = 0
  largest = 0

  take(message: InventoryMessage): void {
    this.messages++
    if (message.type === 'reset') {
      this.objects.clear()
      this.revisions.clear()
      this.ready = false
      return
    }
    if (message.type === 'ready') {
      this.ready = true
      return
    }
    this.largest = Math.max(this.largest, message.changes.length)
    for (const change of message.changes) {
      const key = keyOf(change.entity, change.id)
      const known = this.revisions.get(key)
      if (known !== undefined && change.revision <= known) throw new Error(`${key}: revision ${change.revision} after ${known}`)
      if (change.op === 'remove') {
        this.objects.delete(key)
        this.revisions.delete(key)
      } else {
        const before = this.objects.get(key)
        if (change.op === 'patch' && !before) throw new Error(`${key}: a patch of an object that was never put`)
        this.objects.set(key, change.op === 'put' ? { ...change.value } : { ...before, ...change.patch })
        this.revisions.set(key, change.revision)
      }
    }
  }

  of(entity: EntityName): Array<Record<string, unknown>> {
    return [...this.objects].filter(([key]) => key.startsWith(`${entity} `)).map(([, value]) => value)
  }
}

export function keyOf(entity: EntityName, id: string): string {
  return `${entity} ${id}`
}
