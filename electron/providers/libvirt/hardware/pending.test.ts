import { expect, test } from 'vitest'
import { revisionOf } from './normal.ts'
import { pendingChanges } from './pending.ts'
import { readEditable } from './read-editable.ts'

const KEPT = `<domain type='kvm'>
  <name>web</name>
  <memory unit='KiB'>1048576</memory>
  <currentMemory unit='KiB'>1048576</currentMemory>
  <vcpu>2</vcpu>
  <os><type machine='pc-q35-7.2'>hvm</type></os>
  <cpu mode='host-model' check='partial'/>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/a'/><target dev='vda' bus='virtio'/></disk>
    <interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/><model type='virtio'/></interface>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <console type='pty'><target type='serial' port='0'/></console>
    <graphics type='vnc' port='-1' autoport='yes'><listen type='address'/></graphics>
  </devices>
</domain>`
const RUNNING = `<domain type='kvm' id='3'>
  <name>web</name>
  <memory unit='KiB'>1048576</memory>
  <currentMemory unit='KiB'>1048576</currentMemory>
  <vcpu>2</vcpu>
  <resource><partition>/machine</partition></resource>
  <os><type machine='pc-q35-7.2'>hvm</type></os>
  <cpu mode='custom' match='exact' check='full'><model fallback='forbid'>Skylake-Client</model></cpu>
  <devices>
    <interface type='network'><mac address='52:54:00:00:00:01'/><source network='default' portid='x' bridge='virbr0'/><target dev='vnet3'/><model type='virtio'/><alias name='net0'/></interface>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/a' index='1'/><backingStore/><target dev='vda' bus='virtio'/><alias name='virtio-disk0'/></disk>
    <channel type='unix'><source mode='bind' path='/var/lib/libvirt/qemu/channel/x'/><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/><alias name='channel0'/></channel>
    <console type='pty' tty='/dev/pts/4'><source path='/dev/pts/4'/><target type='serial' port='0'/><alias name='serial0'/></console>
    <graphics type='vnc' port='5901' autoport='yes' listen='127.0.0.1'><listen type='address' address='127.0.0.1'/></graphics>
  </devices>
  <seclabel type='dynamic' model='dac'><label>+1:+1</label></seclabel>
</domain>`

function pending(runningXml: string, keptXml: string) {
  return pendingChanges(readEditable(runningXml), readEditable(keptXml), { runningXml, keptXml })
}

test('what libvirt gives a running machine is no change', () => {
  expect(pending(RUNNING, KEPT)).toEqual([])
})

test('what somebody changed is, each by its name', () => {
  const kept = KEPT.replace('<vcpu>2</vcpu>', '<vcpu>4</vcpu>')
    .replace("type='qcow2'/>", "type='qcow2' cache='none'/>")
    .replace("network='default'", "network='other'")
    .replace("<graphics type='vnc'", "<graphics type='spice'")
    .replace('pc-q35-7.2', 'pc-q35-9.0')
    .replace('<devices>', "<clock offset='localtime'/><devices><sound model='ich9'/>")
  expect(pending(RUNNING, kept).map(({ device, field }) => [device, field])).toEqual([
    [null, 'vcpus'],
    [null, 'maxVcpus'],
    ['disk:vda', 'disk.cache'],
    ['nic:52:54:00:00:00:01', 'nic.source'],
    ['sound:', 'device'],
    ['graphics:spice', 'device'],
    ['graphics:vnc', 'device'],
    [null, 'machineType'],
    [null, 'definition.clock'],
  ])
})

test('memory that a guest was told to give back, and has not yet, is no change; what a start would tell it anew is', () => {
  const kept = KEPT.replace("<currentMemory unit='KiB'>1048576", "<currentMemory unit='KiB'>524288")
  const fields = (targetKiB: number | null) => {
    const balloon = targetKiB === null ? null : { targetKiB, isAsked: false }
    const texts = { runningXml: RUNNING, keptXml: kept, balloon }
    return pendingChanges(readEditable(RUNNING), readEditable(kept), texts).map(({ field }) => field)
  }
  expect(fields(524_288)).toEqual([])
  expect(fields(1_048_576)).toEqual(['memoryKiB'])
  expect(fields(null)).toEqual(['memoryKiB'])
})

test('a revision is that of both, and not of what a guest does by itself', () => {
  const revision = revisionOf(RUNNING, KEPT)
  expect(revisionOf(RUNNING.replace("state='connected'", "state='disconnected'"), KEPT)).toBe(revision)
  expect(revisionOf(RUNNING.replace(/<currentMemory.*/, "<currentMemory unit='KiB'>1000</currentMemory>"), KEPT)).toBe(revision)
  expect(revisionOf(RUNNING, KEPT.replace('<vcpu>2', '<vcpu>3'))).not.toBe(revision)
  expect(revisionOf(null, KEPT)).not.toBe(revision)
  expect(revisionOf(RUNNING, null)).not.toBe(revisionOf(null, RUNNING))
})
