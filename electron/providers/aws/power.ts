import { Gather, problems } from '../cloud/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import type { AwsCalls, Ec2Run } from './calls.ts'
import { partsOf } from './facts.ts'

/** What EC2 does to many machines with one call. */
export type PowerVerb = 'start' | 'stop' | 'force-stop' | 'hibernate' | 'reboot' | 'terminate'

const MOST_IDS = 100
const GATHER_MS = 8

/** Power actions: those of one kind and region that come in the same moment go together in one call. */
export class Power {
  readonly #calls: AwsCalls
  readonly #gather: Gather<boolean>

  constructor(calls: AwsCalls, clock: Clock) {
    this.#calls = calls
    this.#gather = new Gather<boolean>({
      clock,
      forMs: GATHER_MS,
      mostAtOnce: MOST_IDS,
      run: async (key, ids) => {
        const [region = '', verb = ''] = key.split(' ')
        await this.#send(region, verb as PowerVerb, [...ids], {})
        return new Map(ids.map((id) => [id, true]))
      },
      missing: () => false,
    })
  }

  /** Returns when EC2 has taken it on. */
  async ask(ref: string, verb: PowerVerb): Promise<void> {
    const { region, id } = partsOf(ref)
    if (!(await this.#gather.ask(`${region} ${verb}`, id))) throw problems.machineNotFound()
  }

  async #send(region: string, verb: PowerVerb, InstanceIds: string[], options: CallOptions): Promise<void> {
    const ask = <T>(permission: string, send: Ec2Run<T>) => this.#calls.ec2({ region, permission, changes: true, options }, send)
    switch (verb) {
      case 'start':
        await ask('ec2:StartInstances', (client, sdk, sending) => client.send(new sdk.StartInstancesCommand({ InstanceIds }), sending))
        return
      case 'stop':
      case 'force-stop':
      case 'hibernate':
        await ask('ec2:StopInstances', (client, sdk, sending) =>
          client.send(
            new sdk.StopInstancesCommand({
              InstanceIds,
              ...(verb === 'force-stop' && { Force: true }),
              ...(verb === 'hibernate' && { Hibernate: true }),
            }),
            sending,
          ),
        )
        return
      case 'reboot':
        await ask('ec2:RebootInstances', (client, sdk, sending) => client.send(new sdk.RebootInstancesCommand({ InstanceIds }), sending))
        return
      case 'terminate':
        await ask('ec2:TerminateInstances', (client, sdk, sending) =>
          client.send(new sdk.TerminateInstancesCommand({ InstanceIds }), sending),
        )
        return
      default:
        return verb satisfies never
    }
  }
}
