import { z } from 'zod'
import { type ErrorKind, toAppError } from '../../../shared/errors/index.ts'
import { cardsLeft, isCutOff, networkOff, refusedBy } from '../../../shared/networks/index.ts'
import type { ProvidedNetworkDetail } from '../../providers/provider.ts'
import type { Step, StepContext, TaskKind } from '../tasks/task-kind.ts'
import { actOptions, COMMON, keeper, type Named, networkSchema, requestOf, STEP_MS, stateOf } from './network-plan.ts'

export const startSchema = networkSchema.extend({
  /** Null: it comes up as it is kept. */
  definition: z.string().nullable().default(null),
})
const restartSchema = startSchema.extend({ evenIfUsed: z.boolean() })
const plugSchema = networkSchema.extend({
  /** Null: all that hang beside it. */
  macs: z.array(z.string()).nullable(),
})
const beforeSchema = z.object({ before: z.string() })
const cardSchema = z.object({ machineRef: z.string(), machine: z.string(), mac: z.string() })
const cardsSchema = z.object({ cards: z.array(cardSchema) }).nullable()

type Card = z.infer<typeof cardSchema>

/** A card takes two or three calls. */
const CARDS_MS = 15 * 60_000

/**
 * A restart goes back by itself when the network does not come up as it is kept: it runs as before, and its cards hang on it. What is kept
 * stays as it is, to be looked at and mended.
 */
export function restartKinds(): TaskKind[] {
  return [
    {
      kind: 'network.restart',
      steps: (json) => {
        const plan = restartSchema.parse(json)
        // the console may reach the host through this very network
        return [
          stopping(plan),
          { ...starting(plan), waitsForLink: true },
          { ...plugging(plan, null), waitsForLink: true, keepsOthers: true },
        ]
      },
    },
    {
      kind: 'network.plugIn',
      steps: (json) => {
        const plan = plugSchema.parse(json)
        return [plugging(plan, plan.macs)]
      },
    },
  ]
}

function stopping(plan: z.infer<typeof restartSchema>): Step {
  const { networkRef, name, evenIfUsed } = plan
  return {
    ...COMMON,
    id: 'stopNetwork',
    async prepare(context) {
      const { xml, noStop } = await detailOf(plan, context)
      if (noStop?.code !== networkOff(name).code) return { before: xml }
      if (context.memo === null) throw refusedBy(name, networkOff(name))
      return context.memo
    },
    run: (context) => keeper(context).stop(networkRef, evenIfUsed, actOptions(context)),
    probe: async (context) => ((await stateOf(plan, context))?.isActive ? 'not-done' : 'done'),
    takeBack: {
      what: name,
      timeoutMs: STEP_MS + CARDS_MS,
      async run(context) {
        const isActive = (await stateOf(plan, context))?.isActive ?? false
        if (!isActive) await keeper(context).startAs(networkRef, beforeSchema.parse(context.memo).before, actOptions(context))
        await plugIn(plan, await cutOff(plan, null, context), context)
      },
      async probe(context) {
        if (!(await stateOf(plan, context))?.isActive) return 'not-done'
        return (await cutOff(plan, null, context)).length === 0 ? 'done' : 'not-done'
      },
    },
  }
}

/** As it is kept, or by the definition of the plan. */
export function starting(plan: z.infer<typeof startSchema>): Step {
  const { networkRef, definition } = plan
  return {
    ...COMMON,
    id: 'startNetwork',
    run: (context) =>
      definition === null
        ? keeper(context).start(networkRef, actOptions(context))
        : keeper(context).startAs(networkRef, definition, actOptions(context)),
    probe: async (context) => ((await stateOf(plan, context))?.isActive ? 'done' : 'not-done'),
    undo: () => requestOf('stop', plan, { evenIfUsed: false }),
  }
}

function plugging(plan: Named, macs: readonly string[] | null): Step {
  return {
    ...COMMON,
    id: 'plugCards',
    timeoutMs: CARDS_MS,
    async prepare(context) {
      // one that an attempt before has begun may look whole and be on its detour
      const begun = cardsSchema.parse(context.memo)?.cards ?? []
      const found = await cutOff(plan, macs, context)
      return {
        cards: [...begun, ...found.filter((card) => !begun.some((one) => one.machineRef === card.machineRef && one.mac === card.mac))],
      }
    },
    run: (context) => plugIn(plan, cardsSchema.parse(context.memo)?.cards ?? [], context),
    // a card that is in its place is left alone, so that going over all of them once more is cheaper than guessing
    probe: (context) => Promise.resolve((cardsSchema.parse(context.memo)?.cards ?? []).length === 0 ? 'done' : 'not-done'),
  }
}

/** Cards of running machines that hang beside the network. */
async function cutOff(plan: Named, macs: readonly string[] | null, context: StepContext): Promise<Card[]> {
  const { ports } = await detailOf(plan, context)
  return ports
    .filter((port) => isCutOff(port) && (macs === null || macs.includes(port.mac)))
    .map(({ machineRef, machine, mac }) => ({ machineRef, machine, mac }))
}

/** After these nobody knows of the card, and the next would not fare better. */
const LOST: ReadonlySet<ErrorKind> = new Set(['indeterminate', 'timeout', 'unreachable', 'cancelled'])

/** One after the other. Throws `remote-failure` network.cards-left, with each card that stayed beside and why. */
async function plugIn({ networkRef, name }: Named, cards: readonly Card[], context: StepContext): Promise<void> {
  const left: string[] = []
  for (const [index, { machineRef, machine, mac }] of cards.entries()) {
    try {
      await keeper(context).plugIn(networkRef, machineRef, mac, { signal: context.signal })
    } catch (thrown) {
      const error = toAppError(thrown)
      if (LOST.has(error.kind)) throw error
      left.push(`${machine} (${mac}): ${typeof error.details['said'] === 'string' ? error.details['said'] : error.message}`)
    }
    context.progress({ fraction: (index + 1) / cards.length })
  }
  if (left.length > 0) throw cardsLeft(name, left.length, left.join('; '))
}

function detailOf({ networkRef }: Named, context: StepContext): Promise<ProvidedNetworkDetail> {
  return keeper(context).detail(networkRef, { signal: context.signal })
}
