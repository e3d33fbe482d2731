import { keep, readKept } from './kept.ts'

export const QUALITIES = ['automatic', 'best', 'slow'] as const
export type Quality = (typeof QUALITIES)[number]

/** 0 to 9 each. `picture`: 9 shows every detail. `compression`: 9 sends the fewest bytes and costs the host the most work. */
export interface QualityLevels {
  readonly picture: number
  readonly compression: number
}

/** Of the first, what noVNC takes by itself: a picture without visible loss and little work for the host. */
export const QUALITY_LEVELS: Readonly<Record<Quality, QualityLevels>> = {
  automatic: { picture: 6, compression: 2 },
  best: { picture: 9, compression: 1 },
  slow: { picture: 1, compression: 9 },
}

/** What somebody chose for the displays behind a connection: how good the way is, is the same for all of them. */
export function keptQuality(connectionId: string): Quality {
  const kept = readKept(`quality.${connectionId}`)
  return QUALITIES.find((one) => one === kept) ?? 'automatic'
}

export function keepQuality(connectionId: string, quality: Quality): void {
  keep(`quality.${connectionId}`, quality)
}
