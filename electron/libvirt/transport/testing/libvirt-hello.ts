import type { Duplex } from 'node:stream'

/**
 * Says hello to a libvirt daemon as any client does first: AUTH_LIST (procedure 66 of the remote program). Resolves with the auth types
 * that it offers, rejects if the stream fails. Enough of the protocol to prove that a stream leads where it should.
 */
export function authList(stream: Duplex): Promise<number[]> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0)
    const cleanUp = () => {
      stream.off('data', onData)
      stream.off('error', onError)
      stream.off('close', onClose)
    }
    const onData = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 4 || received.length < received.readUInt32BE(0)) return
      cleanUp()
      // length, program, version, procedure, type, serial, status, count, auth types.
      const count = received.readUInt32BE(28)
      resolve(Array.from({ length: count }, (_unused, index) => received.readUInt32BE(32 + 4 * index)))
    }
    const onError = (error: Error) => {
      cleanUp()
      reject(error)
    }
    const onClose = () => onError(new Error('the stream ended without an answer'))
    stream.on('data', onData)
    stream.once('error', onError)
    stream.once('close', onClose)
    const call = Buffer.alloc(28)
    for (const [index, word] of [28, 0x20008086, 1, 66, 0, 1, 0].entries()) call.writeUInt32BE(word, index * 4)
    stream.write(call)
  })
}
