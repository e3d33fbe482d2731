import type { MigrationMend, MigrationRecord, MigrationSpec, TaskId } from '../../../../shared/model/index.ts'
import type { Api } from '../../../lib/api/index.ts'

interface Rest {
  mend(input: { readonly spec: MigrationSpec; readonly mend: MigrationMend; readonly token?: string }): Promise<{ readonly taskId: TaskId }>
  records(input: { readonly limit: number }): Promise<readonly MigrationRecord[]>
}

/** Methods of the contract that come with the mends and the records. */
export function restOf(api: Api): Rest {
  return api.migrations as unknown as Rest
}
