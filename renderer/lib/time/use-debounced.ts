import { useEffect, useState } from 'react'

/** The value once it has rested for so long: typing does not ask the engine at every key. */
export function useDebounced<T>(value: T, delayMs: number): T {
  const [rested, setRested] = useState(value)
  useEffect(() => {
    if (rested === value) return undefined
    const timer = setTimeout(() => setRested(value), delayMs)
    return () => clearTimeout(timer)
  }, [rested, value, delayMs])
  return rested
}
