import type { Duplex } from 'node:stream'

/**
 * Has everything that is written in one turn of the event loop leave together. The SSH library writes each packet in three pieces (length,
 * data, tag), which would be three system calls, and three segments on a connection without Nagle's delay.
 */
export function writeWholeTurns<T extends Duplex>(link: T): T {
  // Its overloads differ in which arguments may be left out; they are handed on as they come.
  const write = link.write.bind(link) as (...given: readonly unknown[]) => boolean
  let isCorked = false
  const uncork = () => {
    isCorked = false
    link.uncork()
  }
  link.write = (...given: readonly unknown[]) => {
    if (!isCorked) {
      isCorked = true
      link.cork()
      process.nextTick(uncork)
    }
    return write(...given)
  }
  return link
}
