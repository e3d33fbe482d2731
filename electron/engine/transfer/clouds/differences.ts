import type { CloudId, Reason, TransferWayPlan } from '../../../../shared/model/index.ts'
import { say } from '../say.ts'
import type { ImportCase } from './import-case.ts'
import { CLOUD_NAMES } from './words.ts'

type Difference = TransferWayPlan['differs'][number]

const DRIVERS: Readonly<Record<CloudId, Reason>> = {
  aws: say(
    'differs.drivers-aws',
    'Disks are NVMe and cards ENA there. The guest needs both drivers before it moves: see the check of the first step.',
  ),
  azure: say(
    'differs.drivers-azure',
    'Disks and cards are Hyper-V’s there (hv_storvsc, hv_netvsc). The guest needs them in its initial ramdisk before it moves.',
  ),
  gcp: say('differs.drivers-gcp', 'Disks are virtio-scsi and cards virtio-net there: most guests of KVM have both.'),
}

const AGENTS: Readonly<Record<CloudId, Reason>> = {
  aws: say(
    'differs.agent-aws',
    'qemu-guest-agent has nobody to talk to. Install cloud-init and the SSM agent for keys, addresses and commands.',
  ),
  azure: say('differs.agent-azure', 'qemu-guest-agent has nobody to talk to. Install the Azure Linux agent (waagent) or cloud-init.'),
  gcp: say('differs.agent-gcp', 'qemu-guest-agent has nobody to talk to. Install Google’s guest environment for keys and addresses.'),
}

const FORMATS: Readonly<Record<CloudId, Reason>> = {
  aws: say('differs.format-aws', 'Disks are sent as stream-optimised VMDK and become EBS volumes of their whole capacity.'),
  azure: say(
    'differs.format-azure',
    'Disks are sent as VHD of a fixed size, a whole number of MiB, and become managed disks of their whole capacity.',
  ),
  gcp: say(
    'differs.format-gcp',
    'Disks are sent as disk.raw in a tar.gz, a whole number of GiB, and become persistent disks of their whole capacity.',
  ),
}

const LICENCES: Readonly<Record<CloudId, Reason>> = {
  aws: say('differs.licence-aws', 'Windows: the import takes AWS’s licence unless it is told BYOL, which needs dedicated hosts.'),
  azure: say('differs.licence-azure', 'Windows: without the Azure Hybrid Benefit the price includes a licence.'),
  gcp: say(
    'differs.licence-gcp',
    'Windows: an image of one’s own needs licences of one’s own on sole-tenant nodes, or the import tool that adds Google’s.',
  ),
}

/** What will be another than before. */
export function differencesIn(cloud: CloudId, { isUefi, isWindows }: ImportCase): Difference[] {
  const name = CLOUD_NAMES[cloud]
  return [
    { topic: 'drivers', reason: DRIVERS[cloud] },
    {
      topic: 'firmware',
      reason: isUefi
        ? say(
            'differs.uefi',
            'It starts by UEFI there as well, with new settings: its boot loader has to be at the default place (EFI/BOOT/BOOTX64.EFI).',
          )
        : say('differs.bios', 'It starts by BIOS there: only types that offer it will do.'),
    },
    { topic: 'disk-format', reason: FORMATS[cloud] },
    {
      topic: 'network',
      reason: say(
        'differs.network',
        'Cards and addresses are new, by DHCP. Fixed addresses and rules by card address have to go before it moves.',
      ),
    },
    { topic: 'agent', reason: AGENTS[cloud] },
    ...(isWindows ? [{ topic: 'licence' as const, reason: LICENCES[cloud] }] : []),
    {
      topic: 'identity',
      reason: say('differs.identity', '{cloud} gives it a new identity; what is licensed by UUID or card address notices.', {
        cloud: name,
      }),
    },
    { topic: 'snapshots', reason: say('differs.snapshots', 'Snapshots stay behind.') },
  ]
}
