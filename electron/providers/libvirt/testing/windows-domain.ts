/** A definition of a Windows guest with every sort of disk, unknown elements, and text that tries to break out. */
export const WINDOWS_XML = `<domain type='kvm' id='7' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>win &quot;2&quot; &amp; 🚚 &#x1F69A;</name>
  <uuid>11111111-2222-4333-8444-555555555555</uuid>
  <title>File server</title>
  <description>First line
  second &lt;line&gt;</description>
  <metadata>
    <libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0">
      <libosinfo:os id="http://microsoft.com/win/2k22"/>
    </libosinfo:libosinfo>
    <other:thing xmlns:other="urn:other"><title>not the title</title><other:tags><other:tag>no tag of ours</other:tag></other:tags></other:thing>
    <x:machine xmlns:x="urn:novacron:machine:1.0">
      <x:tags><x:tag>prod</x:tag><x:tag>a &amp; b</x:tag><x:tag>prod</x:tag></x:tags>
      <x:notes xml:space="preserve">Do not
  restart <![CDATA[<b>ever</b>]]></x:notes>
      <x:future mode="x"><x:inner>kept</x:inner></x:future>
    </x:machine>
  </metadata>
  <memory unit='GiB'>16</memory>
  <currentMemory unit='MiB'>8192</currentMemory>
  <vcpu placement='static' current='4'>8</vcpu>
  <os firmware='efi'>
    <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
    <firmware><feature enabled='yes' name='secure-boot'/></firmware>
    <loader readonly='yes' secure='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.ms.fd</loader>
    <nvram template='/usr/share/OVMF/OVMF_VARS_4M.ms.fd'>/var/lib/libvirt/qemu/nvram/win_VARS.fd</nvram>
    <boot dev='hd'/>
  </os>
  <cpu mode='host-passthrough' check='none'><topology sockets='1' dies='1' cores='4' threads='2'/></cpu>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='/images/over lay.qcow2' index='2'/>
      <backingStore type='file' index='3'><format type='raw'/><source file='/images/base.raw'/><backingStore/></backingStore>
      <target dev='vda' bus='virtio'/>
      <boot order='2'/>
      <alias name='virtio-disk0'/>
    </disk>
    <disk type='block' device='lun'><driver name='qemu' type='raw'/><source dev='/dev/vg0/data'/><target dev='sda' bus='scsi'/><shareable/></disk>
    <disk type='network' device='disk'><driver name='qemu' type='raw'/><source protocol='rbd' name='pool/image'><host name='ceph-1' port='6789'/></source><target dev='vdb' bus='virtio'/></disk>
    <disk type='volume' device='disk'><source pool='fast' volume='swap.img'/><target dev='vdc' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><target dev='sdb' bus='sata'/><readonly/></disk>
    <controller type='scsi' index='0' model='virtio-scsi'/>
    <interface type='network'><mac address='52:54:00:AA:BB:CC'/><source network='default'/><target dev='vnet3'/><model type='virtio'/><boot order='1'/></interface>
    <interface type='bridge'><mac address='52:54:00:00:00:02'/><source bridge='br0'/><model type='e1000e'/></interface>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel>
    <tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>
    <hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x41' slot='0x00' function='0x0'/></source></hostdev>
    <flux-capacitor power='1.21'><gigawatts/></flux-capacitor>
  </devices>
  <qemu:commandline><qemu:arg value='-foo'/></qemu:commandline>
</domain>
`
