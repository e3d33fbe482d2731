import { z } from 'zod'
import { ERROR_KINDS } from '../../../shared/errors/index.ts'

/** What may befall a move in its middle; `post-copy-breaks`: of one that has switched over, its way breaks, once. */
export const MOVE_FAULTS = ['network-cut', 'target-killed', 'post-copy-breaks'] as const
export type MoveFault = (typeof MOVE_FAULTS)[number]

const consoleFaultsSchema = z.object({
  /** Somebody outside of this program holds every serial port; taking it over ends them. */
  busy: z.boolean().default(false),
  /** An open console breaks when so many bytes have been read from it. */
  dropAfterBytes: z.number().int().min(0).nullable().default(null),
  /** So many bytes a second come at most. */
  bytesPerS: z.number().int().min(10).nullable().default(null),
  /** `rubbish`: noise in the place of a VNC server. `huge`: it claims 65,535 × 65,535 pixels. `restless`: a guest that resizes 50 times a second. */
  vnc: z.enum(['rubbish', 'huge', 'restless']).nullable().default(null),
})

const faultsSchema = z.object({
  /** Every connect fails with this kind, until the controls say otherwise. */
  failConnect: z.enum(ERROR_KINDS).nullable().default(null),
  /** The link is lost this long after it was opened. */
  cutAfterMs: z.number().int().min(1).nullable().default(null),
  /** Share of commands that are carried out but whose reply is lost. */
  lostReplies: z.number().min(0).max(1).default(0),
  /** Share of edits of hardware before which somebody at another console has changed the machine. */
  otherConsole: z.number().min(0).max(1).default(0),
  consoles: consoleFaultsSchema.prefault({}),
  /** What every move meets in its middle. */
  moves: z.enum(MOVE_FAULTS).nullable().default(null),
  /** So many tries to take up a move that broke in post-copy come to nothing. */
  resumesRefused: z.number().int().min(0).default(0),
})

/** One simulated site: many hosts behind one link. The same configuration is always the same fleet. */
export const simulatedConfigSchema = z.object({
  site: z.string().trim().min(1).max(100).default('Gdańsk DC').meta({ title: 'Site', description: 'Names the hosts and their networks' }),
  hosts: z.number().int().min(1).max(2_000).default(10).meta({ title: 'Hosts' }),
  machines: z.number().int().min(0).max(200_000).default(500).meta({ title: 'Machines' }),
  seed: z.number().int().default(1).meta({ title: 'Seed', description: 'The same seed gives the same fleet' }),
  latencyMs: z.number().min(0).max(60_000).default(2).meta({ title: 'Latency, ms', description: 'Of each answer' }),
  jitterMs: z.number().min(0).max(60_000).default(1).meta({ title: 'Jitter, ms', description: 'Added to the latency, at most' }),
  failureRate: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .meta({ title: 'Failures', description: 'Share of actions that the host refuses, 0 to 1' }),
  stubbornShare: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .meta({ title: 'Stubborn guests', description: 'Share of guests that ignore a request to shut down, 0 to 1' }),
  changesPerMinute: z
    .number()
    .min(0)
    .max(60_000)
    .default(0)
    .meta({ title: 'Changes a minute', description: 'Machines that start, stop, crash or migrate by themselves' }),
  speed: z.number().min(0.01).max(100_000).default(1).meta({ title: 'Speed', description: '10: a boot takes a tenth of its time' }),
  /** First number of the machines' names; keeps the sites of one demo apart. */
  numberFrom: z.number().int().min(0).default(1).meta({ title: 'First number' }),
  templates: z.number().int().min(0).max(3).default(0).meta({ title: 'Templates', description: 'So many of the machines are templates' }),
  faults: faultsSchema.prefault({}).meta({ title: 'Faults' }),
})

export type SimulatedConfig = z.infer<typeof simulatedConfigSchema>
export type SimulatedConfigInput = z.input<typeof simulatedConfigSchema>
