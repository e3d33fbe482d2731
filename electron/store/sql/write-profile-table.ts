import type { Json } from '../../../shared/errors/index.ts'
import type { WriteProfileStore } from '../store.ts'
import type { SqlDatabase } from './sql-database.ts'

/** In one statement: some databases bound the number of parameters. */
const ROWS = 200

export function writeProfileStore({ db, transact }: SqlDatabase): WriteProfileStore {
  return {
    async load({ afterId, limit }) {
      const select = db.selectFrom('write_profiles').selectAll().where('machine_id', '>', afterId).orderBy('machine_id').limit(limit)
      return (await select.execute()).map(({ machine_id, body }) => ({ machineId: machine_id, body: JSON.parse(body) as Json }))
    },
    async save(rows) {
      if (rows.length === 0) return
      await transact('relaxed', async (trx) => {
        for (let at = 0; at < rows.length; at += ROWS) {
          const values = rows.slice(at, at + ROWS).map(({ machineId, body }) => ({ machine_id: machineId, body: JSON.stringify(body) }))
          await trx
            .insertInto('write_profiles')
            .values(values)
            .onConflict((conflict) => conflict.column('machine_id').doUpdateSet({ body: (eb) => eb.ref('excluded.body') }))
            .execute()
        }
      })
    },
    async remove(machineIds) {
      await transact('relaxed', async (trx) => {
        for (let at = 0; at < machineIds.length; at += ROWS)
          await trx
            .deleteFrom('write_profiles')
            .where('machine_id', 'in', machineIds.slice(at, at + ROWS))
            .execute()
      })
    },
  }
}
