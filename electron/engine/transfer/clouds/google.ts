import type { TransferStep } from '../../../../shared/model/index.ts'
import { say } from '../say.ts'
import type { ImportCase } from './import-case.ts'
import { byHand, quoted, shows } from './words.ts'

const GIB = 1_073_741_824

/** Import of a raw image: https://cloud.google.com/compute/docs/import/import-existing-image */
export function googleImport({ name, hostName, region, isUefi, isWindows, type, disks }: ImportCase): TransferStep[] {
  const zone = region === 'REGION' ? 'ZONE' : `${region}-b`
  const features = ['VIRTIO_SCSI_MULTIQUEUE', ...(isUefi ? ['UEFI_COMPATIBLE'] : []), ...(isWindows ? ['WINDOWS'] : [])].join(',')
  const [boot, ...data] = disks
  const imageOf = (target: string) => `${name}-${target}`
  return [
    isWindows
      ? byHand(
          'drivers',
          say('google.drivers-windows', 'In the guest: install the virtio-scsi and virtio-net drivers, and switch Remote Desktop on'),
          'pnputil /enum-drivers | findstr /i "vioscsi netkvm"',
          shows('pnputil /enum-drivers | findstr /i "vioscsi netkvm"', 'vioscsi.inf, netkvm.inf'),
        )
      : byHand(
          'drivers',
          say('google.drivers', 'In the guest: have virtio-scsi in its initial ramdisk, and its console on ttyS0'),
          'printf "virtio_scsi\\nvirtio_net\\n" | sudo tee -a /etc/initramfs-tools/modules && sudo update-initramfs -u',
          shows('modinfo -n virtio_scsi virtio_net', 'a path for each of the two'),
        ),
    byHand(
      'bucket',
      say('google.bucket', 'Make a bucket'),
      `export BUCKET=novacron-import-$(date +%s)\ngcloud storage buckets create "gs://$BUCKET" --location=${quoted(region)}`,
      shows('gcloud storage buckets describe "gs://$BUCKET" --format="value(name)"', 'the bucket’s name'),
    ),
    ...disks.flatMap(({ target, path, format, allocationBytes }) => {
      const folder = `/var/tmp/${name}-${target}`
      const file = `${imageOf(target)}.tar.gz`
      return [
        byHand(
          `convert-${target}`,
          say('google.convert', 'On {host}: make disk.raw of the disk {target}, of whole GiB, and pack it', { host: hostName, target }),
          [
            `mkdir -p ${quoted(folder)}`,
            `qemu-img convert -p -f ${quoted(format)} -O raw ${quoted(path)} ${quoted(`${folder}/disk.raw`)}`,
            `qemu-img resize -f raw ${quoted(`${folder}/disk.raw`)} $(( ($(stat -c %s ${quoted(`${folder}/disk.raw`)}) + ${GIB - 1}) / ${GIB} ))G`,
            `tar --format=oldgnu -Sczf ${quoted(`/var/tmp/${file}`)} -C ${quoted(folder)} disk.raw`,
          ].join('\n'),
          shows(`tar -tzf ${quoted(`/var/tmp/${file}`)}`, 'disk.raw'),
        ),
        byHand(
          `send-${target}`,
          say('google.send', 'Send it to the bucket'),
          `gcloud storage cp ${quoted(`/var/tmp/${file}`)} "gs://$BUCKET/"`,
          shows(`gcloud storage ls --long "gs://$BUCKET/${file}"`, `the size of /var/tmp/${file}`),
          allocationBytes,
        ),
        byHand(
          `import-${target}`,
          say('google.import', 'Make an image of it'),
          `gcloud compute images create ${quoted(imageOf(target))} --source-uri="gs://$BUCKET/${file}" --guest-os-features=${features}`,
          shows(`gcloud compute images describe ${quoted(imageOf(target))} --format="value(status)"`, 'READY'),
        ),
      ]
    }),
    byHand(
      'run',
      say('google.run', 'Make the machine of it: here by “New machine” with the image, or'),
      [
        `gcloud compute instances create ${quoted(name)} --zone=${quoted(zone)} --machine-type=${quoted(type ?? 'TYPE')} --image=${quoted(imageOf(boot?.target ?? 'DISK'))}`,
        ...data.flatMap(({ target }) => [
          `gcloud compute disks create ${quoted(imageOf(target))} --zone=${quoted(zone)} --image=${quoted(imageOf(target))}`,
          `gcloud compute instances attach-disk ${quoted(name)} --zone=${quoted(zone)} --disk=${quoted(imageOf(target))}`,
        ]),
      ].join('\n'),
      shows(`gcloud compute instances describe ${quoted(name)} --zone=${quoted(zone)} --format="value(status)"`, 'RUNNING'),
    ),
    byHand(
      'tidy',
      say('google.tidy', 'Delete what is left on the way'),
      [
        'gcloud storage rm --recursive "gs://$BUCKET"',
        ...disks.map(({ target }) => `rm -r ${quoted(`/var/tmp/${name}-${target}`)} ${quoted(`/var/tmp/${imageOf(target)}.tar.gz`)}`),
      ].join('\n'),
      shows('gcloud storage buckets describe "gs://$BUCKET"', '404'),
    ),
  ]
}
