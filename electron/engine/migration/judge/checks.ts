import type { MigrationCheck } from '../../../../shared/model/index.ts'
import { type Check, finding, mend } from './judge.ts'

const sameHost: Check = ({ isSameHost, targetName }) =>
  isSameHost
    ? [finding('same-host', 'blocks', 'same-host', `It runs on ${targetName} already. Choose another target.`, { target: targetName })]
    : [finding('same-host', 'passed', 'other-host', 'Another host')]

const pools: Check = ({ spec, out, into, targetName }) => {
  const wanted = new Set(
    spec.disks.flatMap(({ how, pool, target }) =>
      how === 'copy' ? [pool ?? out.disks.find((disk) => disk.target === target)?.pool ?? ''] : [],
    ),
  )
  return [...wanted].map((name) => {
    const pool = into.pools.find((each) => each.name === name)
    if (!pool) {
      const mends = [mend('create-pool', 'Create it there', { mend: 'create-pool', pool: name })]
      return finding(
        `pools.missing:${name}`,
        'blocks',
        'pool-missing',
        `${targetName} has no pool ${name}.`,
        { pool: name, target: targetName },
        { mends },
      )
    }
    if (!pool.isActive) {
      const mends = [mend('start-pool', 'Start it', { mend: 'start-pool', pool: name })]
      return finding(
        `pools.off:${name}`,
        'blocks',
        'pool-off',
        `The pool ${name} of ${targetName} is off.`,
        { pool: name, target: targetName },
        { mends },
      )
    }
    return finding(`pools.there:${name}`, 'passed', 'pool-there', `Pool ${name}`, { pool: name })
  })
}

/** In the order in which they are shown. */
export const CHECKS: ReadonlyArray<readonly [MigrationCheck, Check]> = [
  ['same-host', sameHost],
  ['pools', pools],
]
