import { AppError } from '../../../../shared/errors/index.ts'
import { endFacts } from './end-facts.ts'
import type { MigrationContext } from './migration-context.ts'

/** Has the host's own time service set its clock at once. Throws `precondition` migration.no-time-service, `remote-failure` migration.clock-not-set. */
export async function setClock(context: MigrationContext): Promise<void> {
  const { shell, work } = context
  const { timeService } = await endFacts(context)
  if (!shell || !timeService) {
    throw new AppError({
      kind: 'precondition',
      code: 'migration.no-time-service',
      message: 'No time service was found on the host. Install chrony, or set its clock by hand.',
    })
  }
  work.sent = true
  const { name } = timeService
  const step = name.startsWith('chrony') ? 'chronyc -a makestep' : ':'
  const { code, stderr } = await shell.run(['sh', '-c', `systemctl restart "$1" && ${step}`, 'sh', name], { signal: work.signal })
  if (code === 0) return
  throw new AppError({
    kind: 'remote-failure',
    code: 'migration.clock-not-set',
    message: `The clock was not set: ${stderr.trim()}`,
    details: { said: stderr.trim(), service: name },
  })
}
