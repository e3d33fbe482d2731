import { expect, test } from 'vitest'
import { cloudFacts } from '../../lib/testing/region-fixture.ts'
import { sshCommand } from './ssh-command.ts'

test('the public address, with the file of the key pair where the cloud made one', () => {
  expect(sshCommand({ cloud: cloudFacts({ publicAddresses: ['203.0.113.7'], keyName: 'ops' }) }, 'aws')).toBe('ssh -i ops.pem 203.0.113.7')
  expect(sshCommand({ cloud: cloudFacts({ publicAddresses: ['203.0.113.7'], keyName: null }) }, 'gcp')).toBe('ssh 203.0.113.7')
})

test('a key’s name is text, not shell', () => {
  expect(sshCommand({ cloud: cloudFacts({ publicAddresses: ['203.0.113.7'], keyName: "o'ps; reboot" }) }, 'aws')).toBe(
    "ssh -i 'o'\\''ps; reboot.pem' 203.0.113.7",
  )
})

test('nothing is made up: no public address, no command; nor for a Windows', () => {
  expect(sshCommand({ cloud: cloudFacts({ publicAddresses: [] }) }, 'aws')).toBeNull()
  expect(sshCommand({ cloud: cloudFacts({ publicAddresses: ['203.0.113.7'], platform: 'windows' }) }, 'azure')).toBeNull()
  expect(sshCommand({ cloud: null }, 'libvirt')).toBeNull()
})
