import type { DefinitionVersion } from '../../../shared/model/index.ts'
import type { DefinitionStore } from '../store.ts'
import type { SqlDatabase } from './sql-database.ts'

interface Row {
  readonly id: number
  readonly body: string
}

const toVersion = ({ id, body }: Row): DefinitionVersion => ({ id: String(id), ...(JSON.parse(body) as Omit<DefinitionVersion, 'id'>) })

/** What is no number is the id of none. */
const idOf = (id: string) => (/^\d{1,15}$/.test(id) ? Number(id) : -1)

export function definitionStore({ db, transact }: SqlDatabase): DefinitionStore {
  return {
    async put({ machineId, xml, ...version }, keep) {
      const { definition, taskId } = version
      return await transact('durable', async (trx) => {
        if (taskId !== null) {
          const same = trx.selectFrom('definitions').select('id').where('machine_id', '=', machineId).where('task_id', '=', taskId)
          const earlier = await same.where('definition', '=', definition).executeTakeFirst()
          if (earlier) return String(earlier.id)
        }
        const row = { machine_id: machineId, definition, task_id: taskId, body: JSON.stringify(version), xml }
        const { id } = await trx.insertInto('definitions').values(row).returning('id').executeTakeFirstOrThrow()
        const newest = trx.selectFrom('definitions').select('id').where('machine_id', '=', machineId).orderBy('id', 'desc').limit(keep)
        await trx.deleteFrom('definitions').where('machine_id', '=', machineId).where('id', 'not in', newest).execute()
        return String(id)
      })
    },
    async list(machineId, limit) {
      const select = db.selectFrom('definitions').select(['id', 'body']).where('machine_id', '=', machineId)
      return (await select.orderBy('id', 'desc').limit(limit).execute()).map(toVersion)
    },
    async get(machineId, id) {
      const own = db.selectFrom('definitions').where('machine_id', '=', machineId)
      const row = await own.selectAll().where('id', '=', idOf(id)).executeTakeFirst()
      if (!row) return null
      const later = own.select('xml').where('definition', '=', row.definition).where('id', '>', row.id)
      const next = await later.orderBy('id').executeTakeFirst()
      return { version: toVersion(row), xml: row.xml, after: next?.xml ?? null }
    },
    async remove(machineId, id) {
      await transact('durable', (trx) =>
        trx.deleteFrom('definitions').where('machine_id', '=', machineId).where('id', '=', idOf(id)).execute(),
      )
    },
    async seen(machineId) {
      const row = await db.selectFrom('definitions_seen').select('xml').where('machine_id', '=', machineId).executeTakeFirst()
      return row?.xml ?? null
    },
    async see(machineId, xml) {
      await transact('relaxed', async (trx) => {
        await trx
          .insertInto('definitions_seen')
          .values({ machine_id: machineId, xml })
          .onConflict((conflict) => conflict.column('machine_id').doUpdateSet({ xml }))
          .execute()
      })
    },
    async machineIds({ afterId, limit }) {
      const seen = db.selectFrom('definitions_seen').select('machine_id').where('machine_id', '>', afterId)
      const all = db.selectFrom('definitions').select('machine_id').where('machine_id', '>', afterId).union(seen)
      return (await all.orderBy('machine_id').limit(limit).execute()).map(({ machine_id }) => machine_id)
    },
    async forget(machineId) {
      await transact('relaxed', async (trx) => {
        await trx.deleteFrom('definitions').where('machine_id', '=', machineId).execute()
        await trx.deleteFrom('definitions_seen').where('machine_id', '=', machineId).execute()
      })
    },
  }
}
