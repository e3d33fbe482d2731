import { expect, test } from 'vitest'
import { cloudFacts } from '../../lib/testing/region-fixture.ts'
import { sshCommand } from './ssh-command.ts'

test('the public address, with the file of the key pair where the cloud made one', () => {
  expect(sshCommand({ os: null, cloud: cloudFacts({ image: null, publicAddresses: ['203.0.113.7'], keyName: 'ops' }) }, 'aws')).toBe(
    'ssh -i ops.pem 203.0.113.7',
  )
  expect(sshCommand({ os: null, cloud: cloudFacts({ image: null, publicAddresses: ['203.0.113.7'], keyName: null }) }, 'gcp')).toBe(
    'ssh 203.0.113.7',
  )
})

test('a key’s name is text, not shell', () => {
  expect(
    sshCommand({ os: null, cloud: cloudFacts({ image: null, publicAddresses: ['203.0.113.7'], keyName: "o'ps; reboot" }) }, 'aws'),
  ).toBe("ssh -i 'o'\\''ps; reboot.pem' 203.0.113.7")
})

test('nothing is made up: no public address, no command; nor for a Windows', () => {
  expect(sshCommand({ os: null, cloud: cloudFacts({ image: null, publicAddresses: [] }) }, 'aws')).toBeNull()
  expect(
    sshCommand({ os: null, cloud: cloudFacts({ image: null, publicAddresses: ['203.0.113.7'], platform: 'windows' }) }, 'azure'),
  ).toBeNull()
  expect(sshCommand({ os: null, cloud: null }, 'libvirt')).toBeNull()
})

test('the image’s own user is named, a guess is not', () => {
  const of = (name: string, providerId: string) =>
    sshCommand({ os: null, cloud: cloudFacts({ publicAddresses: ['203.0.113.7'], keyName: null, image: { id: 'i', name } }) }, providerId)
  expect(of('debian-13-amd64', 'aws')).toBe('ssh admin@203.0.113.7')
  expect(of('debian-13', 'azure')).toBe('ssh 203.0.113.7')
})
