import { toAppError } from '../../shared/errors/index.ts'
import { CONSOLE_ENDED, CONSOLE_FAILED, closeReason, readConsoleControl } from '../../shared/model/index.ts'
import type { ByteChannel } from '../providers/provider.ts'

/** The far end of a console, whatever carries its bytes there. */
export interface ConsolePeer {
  readonly isOpen: () => boolean
  /** Resolves once there is room for more. The bytes are only lent. */
  send(bytes: Uint8Array): Promise<void>
  /** Tells why it is over: CONSOLE_ENDED, or CONSOLE_FAILED with an error's kind and code. */
  close(code: number, reason: string): void
}

export interface ConsolePump {
  /** What was typed, in the order of the calls. Resolves once the machine has taken it, or is gone. */
  write(bytes: Uint8Array): Promise<void>
  /** What the viewer says beside the bytes, as text. What cannot be read as that ends the console. */
  control(text: string): void
}

/** Carries a console's bytes to its peer until either is over, and closes both then. Who does not read holds the other side up. */
export function pumpConsole(channel: ByteChannel, peer: ConsolePeer): ConsolePump {
  const fail = (thrown: unknown): void => peer.close(CONSOLE_FAILED, closeReason(toAppError(thrown)))
  let writing = Promise.resolve()
  void toPeer(channel, peer, fail)
  return {
    write: (bytes) => {
      writing = writing.then(() => channel.write(bytes)).catch(fail)
      return writing
    },
    control: (text) => {
      const control = readConsoleControl(text)
      if (control) channel.resize?.({ columns: control.resize[0], rows: control.resize[1] })
      else {
        peer.close(CONSOLE_FAILED, closeReason({ kind: 'protocol', code: 'console.protocol' }))
        channel.close()
      }
    },
  }
}

async function toPeer(channel: ByteChannel, peer: ConsolePeer, fail: (thrown: unknown) => void): Promise<void> {
  try {
    for (let bytes = await channel.read(); bytes !== null; bytes = await channel.read()) {
      if (!peer.isOpen()) break
      await peer.send(bytes)
    }
    peer.close(CONSOLE_ENDED, 'console.ended')
  } catch (thrown) {
    fail(thrown)
  } finally {
    channel.close()
  }
}
