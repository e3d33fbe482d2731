import type { TransferStep } from '../../../../shared/model/index.ts'
import { say } from '../say.ts'
import type { ImportCase } from './import-case.ts'
import { byHand, quoted, shows } from './words.ts'

/** VM Import/Export: https://docs.aws.amazon.com/vm-import/latest/userguide/vmimport-image-import.html */
export function awsImport({ name, hostName, region, isWindows, isUefi, type, disks }: ImportCase): TransferStep[] {
  const files = disks.map(({ target, path, format }) => ({ path, format, target, file: `${name}-${target}.vmdk` }))
  const bytes = disks.reduce((sum, { allocationBytes }) => sum + (allocationBytes ?? 0), 0)
  const bucket = `$BUCKET`
  const containers = JSON.stringify(
    files.map(({ file }) => ({ Format: 'vmdk', UserBucket: { S3Bucket: 'BUCKET_NAME', S3Key: file } })),
  ).replaceAll('BUCKET_NAME', `'"$BUCKET"'`)
  return [
    isWindows
      ? byHand(
          'drivers',
          say('aws.drivers-windows', 'In the guest: install AWS’s NVMe and ENA drivers, and switch Remote Desktop on'),
          'pnputil /enum-drivers | findstr /i "nvme ena"',
          shows('pnputil /enum-drivers | findstr /i "nvme ena"', 'awsnvme.inf, ena.inf'),
        )
      : byHand(
          'drivers',
          say('aws.drivers', 'In the guest: have the drivers for disks and cards in its initial ramdisk'),
          'printf "nvme\\nena\\n" | sudo tee -a /etc/initramfs-tools/modules && sudo update-initramfs -u',
          shows('modinfo -n nvme ena', 'a path for each of the two'),
        ),
    byHand(
      'bucket',
      say('aws.bucket', 'Make a bucket in {region}', { region }),
      `export BUCKET=novacron-import-$(date +%s)\naws s3 mb "s3://${bucket}" --region ${quoted(region)}`,
      shows(`aws s3api head-bucket --bucket "${bucket}" && echo there`, 'there'),
    ),
    byHand(
      'role',
      say('aws.role', 'Let VM Import read it: the role “vmimport”, once for each account'),
      roleCommand(),
      shows('aws iam get-role --role-name vmimport --query Role.Arn --output text', 'arn:aws:iam::…:role/vmimport'),
    ),
    ...files.map(({ path, format, target, file }) =>
      byHand(
        `convert-${target}`,
        say('aws.convert', 'On {host}: convert the disk {target}', { host: hostName, target }),
        `qemu-img convert -p -f ${quoted(format)} -O vmdk -o subformat=streamOptimized ${quoted(path)} ${quoted(`/var/tmp/${file}`)}`,
        shows(`qemu-img info --output=json ${quoted(`/var/tmp/${file}`)}`, '"create-type": "streamOptimized"'),
      ),
    ),
    ...files.map(({ target, file }) =>
      byHand(
        `send-${target}`,
        say('aws.send', 'Send it to the bucket'),
        `aws s3 cp ${quoted(`/var/tmp/${file}`)} "s3://${bucket}/${file}" --region ${quoted(region)}`,
        shows(`aws s3api head-object --bucket "${bucket}" --key ${quoted(file)} --query ContentLength`, `the size of /var/tmp/${file}`),
        disks.length === 1 ? bytes : null,
      ),
    ),
    byHand(
      'import',
      say('aws.import', 'Import the image; this takes half an hour or more'),
      `aws ec2 import-image --region ${quoted(region)} --description ${quoted(name)} --platform ${isWindows ? 'Windows' : 'Linux'} --architecture x86_64 --boot-mode ${isUefi ? 'uefi' : 'legacy-bios'} --disk-containers '${containers}'`,
      shows(
        `aws ec2 describe-import-image-tasks --region ${quoted(region)} --query 'ImportImageTasks[-1].[Status,ImageId,StatusMessage]' --output text`,
        'completed, and the image’s id (ami-…)',
      ),
    ),
    byHand(
      'run',
      say('aws.run', 'Make the machine of it: here by “New machine” with the image, or'),
      `aws ec2 run-instances --region ${quoted(region)} --image-id AMI_ID --instance-type ${quoted(type ?? 'TYPE')} --tag-specifications 'ResourceType=instance,Tags=[{Key=Name,Value=${name}}]'`,
      shows(
        `aws ec2 describe-instances --region ${quoted(region)} --filters Name=tag:Name,Values=${name} --query 'Reservations[].Instances[].State.Name' --output text`,
        'running',
      ),
    ),
    byHand(
      'tidy',
      say('aws.tidy', 'Delete what is left on the way'),
      [`aws s3 rb "s3://${bucket}" --force`, ...files.map(({ file }) => `rm ${quoted(`/var/tmp/${file}`)}`)].join('\n'),
      shows(`aws s3api head-bucket --bucket "${bucket}"`, '404'),
    ),
  ]
}

/** As AWS describes it, for the one bucket. */
function roleCommand(): string {
  const trust = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'vmie.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:Externalid': 'vmimport' } },
      },
    ],
  }
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:GetBucketLocation', 's3:GetObject', 's3:ListBucket', 's3:PutObject', 's3:GetBucketAcl'],
        Resource: ['arn:aws:s3:::NAME', 'arn:aws:s3:::NAME/*'],
      },
      { Effect: 'Allow', Action: ['ec2:ModifySnapshotAttribute', 'ec2:CopySnapshot', 'ec2:RegisterImage', 'ec2:Describe*'], Resource: '*' },
    ],
  }
  const inBucket = JSON.stringify(policy).replaceAll('NAME', `'"$BUCKET"'`)
  return [
    `aws iam create-role --role-name vmimport --assume-role-policy-document '${JSON.stringify(trust)}'`,
    `aws iam put-role-policy --role-name vmimport --policy-name vmimport --policy-document '${inBucket}'`,
  ].join('\n')
}
