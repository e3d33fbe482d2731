import type { Abilities } from '../abilities.ts'
import { readDomainCapabilities } from '../domain-capabilities.ts'
import { readGuests } from '../guests.ts'

/** As a host with KVM, OVMF with Secure Boot and swtpm says it (libvirt 10), shortened. */
export const KVM_CAPABILITIES = `<capabilities>
  <host><uuid>8906</uuid><cpu><arch>x86_64</arch><model>EPYC-Rome</model><vendor>AMD</vendor><feature name='x2apic'/></cpu></host>
  <guest><os_type>hvm</os_type><arch name='i686'><wordsize>32</wordsize><machine maxCpus='255'>pc</machine><domain type='qemu'/></arch></guest>
  <guest><os_type>hvm</os_type>
    <arch name='x86_64'><wordsize>64</wordsize><emulator>/usr/bin/qemu-system-x86_64</emulator>
      <machine canonical='pc-i440fx-8.2' maxCpus='255'>pc</machine>
      <machine maxCpus='288'>pc-q35-8.2</machine>
      <machine maxCpus='288'>pc-q35-2.10</machine>
      <machine maxCpus='255' deprecated='yes'>pc-i440fx-1.7</machine>
      <machine maxCpus='1'>isapc</machine>
      <machine maxCpus='288'>pc-q35-2.9</machine>
      <machine canonical='pc-q35-8.2' maxCpus='288'>q35</machine>
      <machine maxCpus='255'>pc-i440fx-8.2</machine>
      <domain type='qemu'/><domain type='kvm'/>
    </arch>
  </guest>
</capabilities>`

export const KVM_DOMAIN_CAPABILITIES = `<domainCapabilities>
  <path>/usr/bin/qemu-system-x86_64</path><domain>kvm</domain><machine>pc-q35-8.2</machine><arch>x86_64</arch>
  <vcpu max='1024'/><iothreads supported='yes'/>
  <os supported='yes'>
    <enum name='firmware'><value>bios</value><value>efi</value></enum>
    <loader supported='yes'>
      <enum name='type'><value>rom</value><value>pflash</value></enum>
      <enum name='secure'><value>yes</value><value>no</value></enum>
    </loader>
  </os>
  <cpu>
    <mode name='host-passthrough' supported='yes'/>
    <mode name='maximum' supported='yes'/>
    <mode name='host-model' supported='yes'>
      <model fallback='forbid'>EPYC-Rome</model><vendor>AMD</vendor>
      <feature policy='require' name='x2apic'/><feature policy='disable' name='svm'/>
    </mode>
    <mode name='custom' supported='yes'>
      <model usable='yes' vendor='AMD'>EPYC-Rome</model><model usable='no' vendor='Intel'>Skylake-Server</model>
    </mode>
  </cpu>
  <devices>
    <disk supported='yes'><enum name='bus'><value>ide</value><value>scsi</value><value>virtio</value><value>usb</value><value>sata</value></enum></disk>
    <graphics supported='yes'><enum name='type'><value>vnc</value></enum></graphics>
    <video supported='yes'><enum name='modelType'><value>vga</value><value>virtio</value><value>none</value></enum></video>
    <rng supported='yes'><enum name='backendModel'><value>random</value></enum></rng>
    <tpm supported='yes'>
      <enum name='model'><value>tpm-tis</value><value>tpm-crb</value></enum>
      <enum name='backendModel'><value>passthrough</value><value>emulator</value></enum>
      <enum name='backendVersion'><value>1.2</value><value>2.0</value></enum>
    </tpm>
    <channel supported='yes'><enum name='type'><value>unix</value><value>qemu-vdagent</value></enum></channel>
  </devices>
  <features>
    <hyperv supported='yes'>
      <enum name='features'>
        <value>relaxed</value><value>vapic</value><value>spinlocks</value><value>vpindex</value><value>runtime</value><value>synic</value>
        <value>stimer</value><value>frequencies</value><value>tlbflush</value><value>ipi</value><value>evmcs</value>
      </enum>
    </hyperv>
  </features>
</domainCapabilities>`

/** Abilities of such a host, with what a test changes in its domain capabilities. */
export function kvmAbilities(change: (xml: string) => string = (xml) => xml): Abilities {
  const guests = readGuests(KVM_CAPABILITIES)
  if (!guests) throw new Error('no guests')
  return { guests, capabilities: readDomainCapabilities(change(KVM_DOMAIN_CAPABILITIES)), machine: 'q35', libvirtVersion: 10_000_000 }
}

/** The same without KVM. */
export function emulatingAbilities(): Abilities {
  return kvmAbilities((xml) =>
    xml
      .replace('<domain>kvm</domain>', '<domain>qemu</domain>')
      .replace("host-passthrough' supported='yes'", "host-passthrough' supported='no'"),
  )
}
