import type { VolumeContext } from './volume-context.ts'

const LOOK_MS = 1_000

/** Looks now and then, while the work lasts; a look that fails says nothing. */
export async function watched<T>({ clock }: Pick<VolumeContext, 'clock'>, look: () => Promise<void>, work: Promise<T>): Promise<T> {
  let isOver = false
  let cancel = () => {}
  const again = () => {
    cancel = clock.after(LOOK_MS, () => {
      look()
        .catch(() => undefined)
        .finally(() => {
          if (!isOver) again()
        })
    })
  }
  again()
  try {
    return await work
  } finally {
    isOver = true
    cancel()
  }
}
