import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithPeers } from '../testing/peers.ts'
import { makeKey } from '../testing/sshd-fixture.ts'
import { KeyCache } from './key-cache.ts'
import { loadKeyFile, unlockKey } from './keys.ts'

describeWithPeers(
  'keys that ssh-keygen made',
  ['ssh-keygen'],
  () => {
    let folder: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'nc-keys-'))
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))

    test.each([
      ['ed25519', 'open sesame', undefined],
      ['ecdsa', 'open sesame', undefined],
      ['rsa', 'open sesame', undefined],
      ['rsa', 'open sesame', 'PEM'],
      ['rsa', 'open sesame', 'PKCS8'],
      ['ed25519', '', undefined],
      ['ecdsa', '', 'PKCS8'],
    ] as const)('%s, passphrase "%s", %s: what it signs its public key verifies', async (type, passphrase, format) => {
      const file = await loadKeyFile(
        await makeKey(folder, `${type}-${passphrase}-${format}`, { type, passphrase, ...(format ? { format } : {}) }),
      )
      expect(file.encrypted).toBe(passphrase !== '')
      const key = await unlockKey(file, passphrase)
      const data = Buffer.from('something to sign')
      expect(file.publicKey?.verify(data, key.sign(data))).toBe(true)
    })

    test('unlocking does not hold up the event loop', async () => {
      const file = await loadKeyFile(await makeKey(folder, 'slow', { passphrase: 'x' }))
      const before = { here: process.threadCpuUsage(), anywhere: process.cpuUsage() }
      await unlockKey(file, 'x')
      const here = process.threadCpuUsage(before.here)
      const anywhere = process.cpuUsage(before.anywhere)
      expect(here.user / anywhere.user).toBeLessThan(0.5)
    })

    test('an ed25519 key in PKCS#8', async () => {
      const path = join(folder, 'pkcs8')
      const { privateKey, publicKey } = generateKeyPairSync('ed25519')
      await writeFile(path, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 })
      const key = await unlockKey(await loadKeyFile(path))
      expect(createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })).asymmetricKeyType).toBe('ed25519')
      expect(key.getPublicSSH().subarray(-32)).toEqual(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'))
    })

    test('a cache unlocks once, keeps no failure, and forgets', async () => {
      const file = await loadKeyFile(await makeKey(folder, 'cached', { passphrase: 'x' }))
      const cache = new KeyCache()
      await expect(cache.unlock(file, 'wrong')).rejects.toMatchObject({ code: 'ssh.key-passphrase-wrong' })
      const first = cache.unlock(file, 'x')
      expect(cache.unlock(file, 'x')).toBe(first)
      await expect(cache.unlock(file, 'wrong')).rejects.toMatchObject({ code: 'ssh.key-passphrase-wrong' })
      cache.forget()
      expect(cache.unlock(file, 'x')).not.toBe(first)
      await first
    })
  },
  false,
)
