import type { CloudId, TransferPlan, TransferStep, TransferWayPlan } from '../../../../shared/model/index.ts'
import { isBusyState } from '../../build/disk-step.ts'
import { finding, say } from '../say.ts'
import type { Worlds } from '../worlds.ts'
import { byHand, byHandBecause, CLOUD_NAMES, cloudName, inConsole, quoted, shows } from './words.ts'

interface ExportCase {
  readonly id: string
  readonly name: string
  readonly region: string
  readonly zone: string
  readonly disk: string
  readonly group: string
}

const STEPS: Readonly<Record<CloudId, (one: ExportCase) => TransferStep[]>> = { aws: awsExport, azure: azureExport, gcp: googleExport }

/** Out of a cloud, by its own export of images, to a host: what the cloud does is a run-book, what the host does has its place in this console. */
export function exportWay(
  { machine, target }: Worlds,
  cloud: CloudId,
  disks: TransferPlan['disks'],
  toAnotherCloud: boolean,
  isAway: boolean,
): TransferWayPlan {
  const facts = machine.cloud
  const name = cloudName(machine.name)
  const boot = facts?.disks.find((disk) => disk.boot) ?? facts?.disks[0]
  const one: ExportCase = {
    id: facts?.id ?? 'ID',
    name,
    region: facts?.region ?? 'REGION',
    zone: facts?.zone ?? 'ZONE',
    disk: boot?.name ?? boot?.id ?? 'DISK',
    group: /resourceGroups\/([^/]+)/i.exec(facts?.id ?? '')?.[1] ?? 'GROUP',
  }
  const bytes = disks.reduce((sum, { capacityBytes }) => sum + (capacityBytes ?? 0), 0)
  const params = { cloud: CLOUD_NAMES[cloud], target: target.name, size: String(Math.ceil(bytes / 1_073_741_824)) }
  return {
    way: 'image-export',
    done: 'run-book',
    obstacle: toAnotherCloud
      ? say(
          'obstacle.two-clouds',
          'From cloud to cloud there is no direct way. Bring it to a host first, and from there into the other cloud.',
        )
      : null,
    steps: [
      ...STEPS[cloud](one),
      inConsole(
        'fetch',
        say('step.fetch', 'Storage of {target}: “Download from a URL” with that link, into a pool', params),
        bytes || null,
      ),
      inConsole('convert', say('step.convert', 'Convert it to qcow2 there: the console refuses what is no image, or names other files')),
      inConsole('build', say('step.build', 'New machine on {target} with that disk, and start it', params)),
      ...tidy(cloud, one),
    ],
    costs: [
      {
        what: say('cost.egress', 'Traffic out of {cloud}: up to {size} GiB. Its calculator has the price.', params),
        usdPerMonth: null,
        source: null,
      },
      { what: say('cost.export-storage', 'Object storage for the image until it is fetched.'), usdPerMonth: null, source: null },
    ],
    differs: differencesBack(params),
    findings: [
      isBusyState(machine.state)
        ? finding(
            'busy',
            'warns',
            'transfer.on',
            say('finding.cloud-on', '{name} is on: what it writes while it is exported may be torn. Stop it first.', {
              name: machine.name,
            }),
          )
        : finding('busy', 'passed', 'transfer.off', say('finding.off', '{name} is off', { name: machine.name })),
      byHandBecause(CLOUD_NAMES[cloud], isAway),
    ],
  }
}

/** What will be another than before, out of any cloud. */
export function differencesBack(params: { readonly cloud: string }): TransferWayPlan['differs'] {
  return [
    {
      topic: 'drivers',
      reason: say(
        'differs.back-drivers',
        'Disks and cards are virtio here: most Linux guests have the drivers, Windows needs them before it moves.',
      ),
    },
    {
      topic: 'network',
      reason: say(
        'differs.network',
        'Cards and addresses are new, by DHCP. Fixed addresses and rules by card address have to go before it moves.',
      ),
    },
    { topic: 'agent', reason: say('differs.back-agent', 'The cloud’s agents find nobody to talk to. Install qemu-guest-agent.') },
    {
      topic: 'licence',
      reason: say(
        'differs.back-licence',
        'Licences that the cloud rents out (Windows, and images of its marketplace) end with it; some images it does not export at all.',
      ),
    },
    {
      topic: 'identity',
      reason: say('differs.back-identity', 'It gets a new identity. Roles and keys that {cloud} gave it by its identity are gone.', params),
    },
  ]
}

function awsExport({ id, name, region }: ExportCase): TransferStep[] {
  const at = `--region ${quoted(region)}`
  return [
    byHand(
      'bucket',
      say('aws.bucket', 'Make a bucket in {region}', { region }),
      `export BUCKET=novacron-export-$(date +%s)\naws s3 mb "s3://$BUCKET" ${at}`,
      shows('aws s3api head-bucket --bucket "$BUCKET" && echo there', 'there'),
    ),
    byHand(
      'image',
      say('aws.image', 'Make an image of it: here by “Make an image” in its menu, or'),
      `aws ec2 create-image ${at} --instance-id ${quoted(id)} --name ${quoted(`${name}-export`)}`,
      shows(
        `aws ec2 describe-images ${at} --owners self --filters Name=name,Values=${quoted(`${name}-export`)} --query 'Images[].[ImageId,State]' --output text`,
        'its id (ami-…), available',
      ),
    ),
    byHand(
      'export',
      say('aws.export', 'Export the image into the bucket (the role “vmimport” has to be there)'),
      `aws ec2 export-image ${at} --image-id AMI_ID --disk-image-format VMDK --s3-export-location "S3Bucket=$BUCKET,S3Prefix=${name}/"`,
      shows(
        `aws ec2 describe-export-image-tasks ${at} --query 'ExportImageTasks[-1].[Status,ExportImageTaskId,StatusMessage]' --output text`,
        'completed',
      ),
    ),
    byHand(
      'link',
      say('step.link', 'Make a link to it that is good for a day'),
      `aws s3 presign "s3://$BUCKET/${name}/EXPORT_ID.vmdk" --expires-in 86400 ${at}`,
    ),
  ]
}

function azureExport({ disk, group }: ExportCase): TransferStep[] {
  const of = `--resource-group ${quoted(group)} --name ${quoted(disk)}`
  return [
    byHand(
      'link',
      say('azure.link', 'Make a link to its disk that is good for a day; the machine has to be deallocated'),
      `az disk grant-access ${of} --access-level Read --duration-in-seconds 86400 --query "accessSAS || accessSas" --output tsv`,
      shows(`az disk show ${of} --query diskState --output tsv`, 'ActiveSAS'),
    ),
  ]
}

function googleExport({ name, disk, zone }: ExportCase): TransferStep[] {
  const image = `${name}-export`
  return [
    byHand(
      'bucket',
      say('google.bucket', 'Make a bucket'),
      'export BUCKET=novacron-export-$(date +%s)\ngcloud storage buckets create "gs://$BUCKET"',
      shows('gcloud storage buckets describe "gs://$BUCKET" --format="value(name)"', 'the bucket’s name'),
    ),
    byHand(
      'image',
      say('google.image', 'Make an image of its disk'),
      `gcloud compute images create ${quoted(image)} --source-disk=${quoted(disk)} --source-disk-zone=${quoted(zone)}`,
      shows(`gcloud compute images describe ${quoted(image)} --format="value(status)"`, 'READY'),
    ),
    byHand(
      'export',
      say('google.export', 'Export the image into the bucket'),
      `gcloud compute images export --image=${quoted(image)} --destination-uri="gs://$BUCKET/${image}.qcow2" --export-format=qcow2`,
      shows(`gcloud storage ls --long "gs://$BUCKET/${image}.qcow2"`, 'its size'),
    ),
    byHand(
      'link',
      say('step.link', 'Make a link to it that is good for a day'),
      `gcloud storage sign-url "gs://$BUCKET/${image}.qcow2" --duration=24h --private-key-file=KEY_FILE`,
    ),
  ]
}

function tidy(cloud: CloudId, { name, disk, group, region }: ExportCase): TransferStep[] {
  const what = say('step.cloud-tidy', 'Once it runs here: take the link and the copies in the cloud away')
  if (cloud === 'azure') return [byHand('tidy', what, `az disk revoke-access --resource-group ${quoted(group)} --name ${quoted(disk)}`)]
  if (cloud === 'gcp')
    return [byHand('tidy', what, `gcloud storage rm --recursive "gs://$BUCKET"\ngcloud compute images delete ${quoted(`${name}-export`)}`)]
  return [byHand('tidy', what, `aws s3 rb "s3://$BUCKET" --force\naws ec2 deregister-image --region ${quoted(region)} --image-id AMI_ID`)]
}
