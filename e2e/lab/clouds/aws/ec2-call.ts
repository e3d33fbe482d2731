import type { AwsRegion } from './region.ts'
import type { Params, XmlValue } from './wire.ts'
import type { AwsWorld } from './world.ts'

export interface Ec2Call {
  readonly operation: string
  readonly params: Params
  readonly region: AwsRegion
  readonly world: AwsWorld
}
/** The fields of its answer; refuses by throwing AwsRefusal. */
export type Ec2Operation = (call: Ec2Call) => XmlValue
