import { expect, test } from 'vitest'
import { cloudFacts } from '../testing/region-fixture.ts'
import { usualUser } from './usual-user.ts'

const of = (providerId: string, image: string | null, os: string | null = null, platform: 'linux' | 'windows' | null = 'linux') =>
  usualUser({ cloud: cloudFacts({ image: image === null ? null : { id: 'i', name: image }, platform }), os }, providerId)

test.each([
  ['ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260101', 'ubuntu'],
  ['debian-13-amd64-20260101-1', 'admin'],
  ['al2023-ami-2023.9.20260101.0-kernel-6.1-x86_64', 'ec2-user'],
  ['amzn2-ami-kernel-5.10-hvm-2.0.20260101-x86_64-gp2', 'ec2-user'],
  ['RHEL-10.0.0_HVM-20260101-x86_64-0-Hourly2-GP3', 'ec2-user'],
  ['suse-sles-15-sp7-v20260101-hvm-ssd-x86_64', 'ec2-user'],
  ['Fedora-Cloud-Base-AmazonEC2.x86_64-43', 'fedora'],
  ['Rocky-10-EC2-Base-10.0-20260101.x86_64', 'rocky'],
  ['CentOS 7.9.2009 x86_64', 'centos'],
  ['CentOS Stream 9 x86_64 20260101', 'ec2-user'],
  ['AlmaLinux OS 10.0.20260101 x86_64', 'ec2-user'],
  ['bitnami-wordpress-6.8-debian-12', 'bitnami'],
])('AWS: of %s it is %s', (image, user) => {
  expect(of('aws', image)).toEqual({ user, from: 'image' })
})

test('AWS without a name of the image: by what it is licensed as, else nobody', () => {
  expect(of('aws', null, 'Red Hat Enterprise Linux')?.user).toBe('ec2-user')
  expect(of('aws', null, 'Ubuntu Pro')?.user).toBe('ubuntu')
  expect(of('aws', null, 'Linux/UNIX')).toBeNull()
})

test('Azure has its own, Google Cloud none that is known, a Windows none, and a host’s machine is another matter', () => {
  expect(of('azure', 'ubuntu-24_04-lts')).toEqual({ user: 'azureuser', from: 'cloud' })
  expect(of('gcp', null, 'debian-13')).toBeNull()
  expect(of('azure', 'WindowsServer', null, 'windows')).toBeNull()
  expect(usualUser({ cloud: null, os: 'Debian 13' }, 'libvirt')).toBeNull()
})
