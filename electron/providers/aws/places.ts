import type { Region } from '@aws-sdk/client-ec2'
import { isAppError } from '../../../shared/errors/index.ts'
import type { CloudChoices } from '../../../shared/model/index.ts'
import { type Place, placeFacts, problems } from '../cloud/index.ts'
import type { CallOptions } from '../provider.ts'
import type { AwsCalls } from './calls.ts'
import { type AwsConfig, homeRegion } from './config.ts'

/** The regions of an account, and who one is in it. */
export class Places {
  readonly #calls: AwsCalls
  readonly #config: AwsConfig

  constructor(calls: AwsCalls, config: AwsConfig) {
    this.#calls = calls
    this.#config = config
  }

  /** Those that the configuration names, else all that are enabled. Proves the credentials. */
  async list(options: CallOptions): Promise<readonly Place[]> {
    const { regions } = this.#config
    const account = accountOf(await this.identity(options))
    if (regions.length > 0) return [...new Set(regions)].map((region) => placeOf(region, account))
    const enabled = (await this.#regions(options)).filter(({ OptInStatus }) => OptInStatus !== 'not-opted-in')
    return enabled.flatMap(({ RegionName }) => (RegionName === undefined ? [] : placeOf(RegionName, account)))
  }

  /** ARN of who signs the requests. Needs no permission. */
  async identity(options: CallOptions): Promise<string> {
    const request = { region: homeRegion(this.#config), permission: 'sts:GetCallerIdentity', options }
    const answer = await this.#calls.sts(request, (client, sdk, sending) => client.send(new sdk.GetCallerIdentityCommand({}), sending))
    return answer.Arn ?? answer.Account ?? ''
  }

  /** For the form: all regions, those that are not enabled with why they cannot be chosen. None where one may not ask. */
  async choices(options: CallOptions): Promise<readonly CloudChoices[]> {
    try {
      const regions = await this.#regions(options)
      const choices = regions.flatMap(({ RegionName: value, OptInStatus }) =>
        value === undefined
          ? []
          : { value, label: value, disabledReason: OptInStatus === 'not-opted-in' ? 'Not enabled for this account.' : null },
      )
      return [{ field: 'regions', choices: choices.toSorted((a, b) => a.value.localeCompare(b.value)) }]
    } catch (thrown) {
      if (isAppError(thrown) && thrown.kind === 'forbidden' && this.#config.regions.length > 0) return []
      throw thrown
    }
  }

  /**
   * Credentials that one region refuses and the account as such takes are good: that region is not enabled. EC2 has the same words for both.
   */
  async explain(thrown: unknown, region: string, options: CallOptions): Promise<unknown> {
    if (!isAppError(thrown) || thrown.code !== 'cloud.credentials-refused' || region === homeRegion(this.#config)) return thrown
    try {
      await this.identity(options)
    } catch {
      return thrown
    }
    return problems.placeNotEnabled(region, { remote: thrown.remote, cause: thrown })
  }

  async #regions(options: CallOptions): Promise<readonly Region[]> {
    const request = { region: homeRegion(this.#config), permission: 'ec2:DescribeRegions', options }
    const answer = await this.#calls.ec2(request, (client, sdk, sending) =>
      client.send(new sdk.DescribeRegionsCommand({ AllRegions: true }), sending),
    )
    return answer.Regions ?? []
  }
}

/** `arn:aws:iam::123456789012:user/ada` */
function accountOf(arn: string): string | null {
  return arn.split(':')[4] || null
}

function placeOf(name: string, account: string | null): Place {
  return { ref: name, facts: placeFacts({ name, kind: 'region', account, hypervisor: 'AWS' }) }
}
