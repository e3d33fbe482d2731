import type { WireError } from '../../../shared/errors/index.ts'
import { CommandLine, Problem } from '../../ui/index.ts'
import type { Config } from './form-model.ts'
import { loginCommand } from './login-command.ts'

export interface LoginProblemProps {
  readonly error: WireError
  readonly providerId: string
  readonly config: Config
  readonly known: Readonly<Record<string, string | undefined>>
}

/** What is wrong with a connection, with the command that logs in anew where there is one. */
export function LoginProblem({ error, providerId, config, known }: LoginProblemProps) {
  const command = loginCommand(providerId, config, error)
  return (
    <>
      <Problem error={error} known={known} />
      {command !== null && <CommandLine command={command} />}
    </>
  )
}
