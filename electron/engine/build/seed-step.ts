import { AppError } from '../../../shared/errors/index.ts'
import type { VolumePlace } from '../../../shared/model/index.ts'
import type { Clock, VolumeKeeper } from '../../providers/provider.ts'
import type { Step } from '../tasks/task-kind.ts'
import type { BuildSecrets } from './build-secrets.ts'
import { keeperOf, takenError, volumeTakeBack } from './disk-step.ts'
import type { BuildPlan } from './plan.ts'
import { seedImage } from './seed.ts'
import type { SeedContent } from './seed-content.ts'

const TIMEOUT_MS = 5 * 60_000

/** Makes the seed image for cloud-init and uploads it. The same plan and secrets give the same bytes, by which a probe knows it. */
export function seedStep(plan: BuildPlan, place: VolumePlace, content: SeedContent, secrets: BuildSecrets, clock: Clock): Step {
  const { hostRef, definition, askedAtMs } = plan
  const make = async (): Promise<Uint8Array> => {
    const secret = await secrets.read(definition.uuid, content)
    const { user } = content.description
    const description = {
      ...content.description,
      ...(user && { user: { ...user, ...(secret.passwordHash !== undefined && { passwordHash: secret.passwordHash }) } }),
      ...(secret.userData !== undefined && { userData: secret.userData }),
    }
    return seedImage(description, { instanceId: definition.uuid, timeMs: askedAtMs }).image
  }
  return {
    id: 'seed',
    weight: 1,
    timeoutMs: TIMEOUT_MS,
    cancel: 'boundary',
    waitsForLink: true,
    takeBack: volumeTakeBack(hostRef, place, clock),
    async prepare({ link, signal, memo }) {
      if (memo === null && (await keeperOf({ link }).find(hostRef, place, { signal }))) throw takenError(place)
      return { begun: true }
    },
    async run({ link, signal }) {
      const keeper = keeperOf({ link })
      const image = await make()
      const found = await keeper.find(hostRef, place, { signal })
      // some pools round up
      const fits = found !== null && found.capacityBytes >= image.length
      if (found && !fits) await keeper.remove(hostRef, place, { signal })
      if (!fits) {
        await keeper.create(hostRef, place, { kind: 'empty', format: 'raw', capacityBytes: image.length }, { signal })
      }
      const writer = await keeper.upload(hostRef, place, 0, image.length, { signal })
      try {
        await writer.write(image)
        await writer.finish()
      } catch (thrown) {
        writer.abort()
        throw thrown
      }
      await secrets.forget(definition.uuid)
    },
    async probe({ link, signal }) {
      const keeper = keeperOf({ link })
      const found = await keeper.find(hostRef, place, { signal })
      if (!found?.isWhole) return 'not-done'
      const image = await make().catch((thrown: unknown) => {
        // the secrets go when the image has been uploaded
        if (thrown instanceof AppError && thrown.code === 'build.seed-lost') return null
        throw thrown
      })
      return image === null || (await holds(keeper, hostRef, place, image, signal)) ? 'done' : 'not-done'
    },
  }
}

async function holds(keeper: VolumeKeeper, hostRef: string, place: VolumePlace, image: Uint8Array, signal: AbortSignal): Promise<boolean> {
  const { channel } = await keeper.download(hostRef, place, 0, { signal })
  try {
    let at = 0
    for (let bytes = await channel.read(); bytes !== null && at < image.length; bytes = await channel.read()) {
      const part = image.subarray(at, at + bytes.length)
      if (Buffer.compare(bytes.subarray(0, part.length), part) !== 0) return false
      at += bytes.length
    }
    return at >= image.length
  } finally {
    channel.close()
  }
}
