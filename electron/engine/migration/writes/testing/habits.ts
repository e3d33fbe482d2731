import { SLOT_MS, WriteProfile } from '../write-profile.ts'

export const MIB = 1_048_576

/** A machine looked at from one instant to another; what it writes goes by the clocks here. */
export function habits(fromMs: number, untilMs: number, rate: (at: Date) => number | null): WriteProfile {
  const profile = new WriteProfile()
  for (let ms = Math.floor(fromMs / SLOT_MS) * SLOT_MS; ms <= untilMs; ms += 60_000) {
    const bytesPerS = rate(new Date(ms))
    if (bytesPerS !== null) profile.add(ms, bytesPerS)
  }
  return profile
}

/** 1 MiB a second, and ten times as much from 2 to 3 in the night. */
export const nightly = (at: Date): number => (at.getHours() === 2 ? 10 * MIB : MIB)
