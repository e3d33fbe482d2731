import type { MigrationRecord } from '../../../shared/model/index.ts'
import type { MigrationStore } from '../store.ts'
import type { SqlDatabase } from './sql-database.ts'

export function migrationStore({ db, transact }: SqlDatabase): MigrationStore {
  return {
    async put(record, keep) {
      const { taskId, machineId, sourceHostId, targetHostId, endedAtMs } = record
      const said = { machine_id: machineId, source_host_id: sourceHostId, target_host_id: targetHostId, ended_at_ms: endedAtMs }
      const row = { ...said, body: JSON.stringify(record) }
      await transact('durable', async (trx) => {
        await trx
          .insertInto('migrations')
          .values({ task_id: taskId, ...row })
          .onConflict((conflict) => conflict.column('task_id').doUpdateSet(row))
          .execute()
        const newest = trx.selectFrom('migrations').select('task_id').orderBy('ended_at_ms', 'desc').orderBy('task_id', 'desc').limit(keep)
        await trx.deleteFrom('migrations').where('task_id', 'not in', newest).execute()
      })
    },
    async list({ machineIds, sourceHostId, targetHostId }, limit) {
      let select = db.selectFrom('migrations').select('body').orderBy('ended_at_ms', 'desc').orderBy('task_id', 'desc').limit(limit)
      if (machineIds !== undefined) select = select.where('machine_id', 'in', machineIds)
      if (sourceHostId !== undefined) select = select.where('source_host_id', '=', sourceHostId)
      if (targetHostId !== undefined) select = select.where('target_host_id', '=', targetHostId)
      return (await select.execute()).map(({ body }) => JSON.parse(body) as MigrationRecord)
    },
  }
}
