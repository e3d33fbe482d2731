import type { TransferStep } from '../../../../shared/model/index.ts'
import { say } from '../say.ts'
import type { ImportCase } from './import-case.ts'
import { byHand, quoted, shows } from './words.ts'

const MIB = 1_048_576

/** Direct upload to a managed disk: https://learn.microsoft.com/azure/virtual-machines/linux/disks-upload-vhd-to-managed-disk-cli */
export function azureImport({ name, hostName, region, isWindows, isUefi, type, disks }: ImportCase): TransferStep[] {
  const os = isWindows ? 'Windows' : 'Linux'
  const generation = isUefi ? 'V2' : 'V1'
  const [boot, ...data] = disks
  return [
    isWindows
      ? byHand(
          'drivers',
          say('azure.drivers-windows', 'In the guest: let Windows get its address by DHCP, and switch Remote Desktop on'),
          'netsh interface ip show config',
          shows('netsh interface ip show config', 'DHCP enabled: Yes'),
        )
      : byHand(
          'drivers',
          say('azure.drivers', 'In the guest: have Hyper-V’s drivers in its initial ramdisk'),
          'printf "hv_vmbus\\nhv_storvsc\\nhv_netvsc\\n" | sudo tee -a /etc/initramfs-tools/modules && sudo update-initramfs -u',
          shows('modinfo -n hv_storvsc hv_netvsc', 'a path for each of the two'),
        ),
    byHand(
      'group',
      say('azure.group', 'Make a resource group, or choose one'),
      `export GROUP=${quoted(name)}\naz group create --name "$GROUP" --location ${quoted(region)}`,
      shows('az group show --name "$GROUP" --query properties.provisioningState --output tsv', 'Succeeded'),
    ),
    ...disks.flatMap(({ target, path, format, capacityBytes }, index) => {
      const file = `/var/tmp/${name}-${target}.vhd`
      const raw = `/var/tmp/${name}-${target}.raw`
      const disk = `${name}-${target}`
      const bytes = capacityBytes === null ? null : Math.ceil(capacityBytes / MIB) * MIB + 512
      const osArguments = index === 0 ? ` --os-type ${os} --hyper-v-generation ${generation}` : ''
      return [
        byHand(
          `convert-${target}`,
          say('azure.convert', 'On {host}: convert the disk {target} to a VHD of whole MiB', { host: hostName, target }),
          [
            `qemu-img convert -p -f ${quoted(format)} -O raw ${quoted(path)} ${quoted(raw)}`,
            `qemu-img resize -f raw ${quoted(raw)} $(( ($(stat -c %s ${quoted(raw)}) + ${MIB - 1}) / ${MIB} * ${MIB} ))`,
            `qemu-img convert -p -f raw -O vpc -o subformat=fixed,force_size=on ${quoted(raw)} ${quoted(file)}`,
          ].join('\n'),
          shows(`echo $(( ($(stat -c %s ${quoted(file)}) - 512) % ${MIB} ))`, '0'),
        ),
        byHand(
          `disk-${target}`,
          say('azure.disk', 'Make the managed disk that it is uploaded into'),
          `az disk create --resource-group "$GROUP" --name ${quoted(disk)} --location ${quoted(region)} --upload-type Upload --upload-size-bytes $(stat -c %s ${quoted(file)}) --sku StandardSSD_LRS${osArguments}`,
          shows(`az disk show --resource-group "$GROUP" --name ${quoted(disk)} --query diskState --output tsv`, 'ReadyToUpload'),
        ),
        byHand(
          `send-${target}`,
          say('azure.send', 'Send it'),
          [
            `SAS=$(az disk grant-access --resource-group "$GROUP" --name ${quoted(disk)} --access-level Write --duration-in-seconds 86400 --query "accessSAS || accessSas" --output tsv)`,
            `azcopy copy ${quoted(file)} "$SAS" --blob-type PageBlob`,
            `az disk revoke-access --resource-group "$GROUP" --name ${quoted(disk)}`,
          ].join('\n'),
          shows(`az disk show --resource-group "$GROUP" --name ${quoted(disk)} --query diskState --output tsv`, 'Unattached'),
          bytes,
        ),
      ]
    }),
    byHand(
      'run',
      say('azure.run', 'Make the machine of it'),
      `az vm create --resource-group "$GROUP" --name ${quoted(name)} --location ${quoted(region)} --attach-os-disk ${quoted(`${name}-${boot?.target ?? 'DISK'}`)} --os-type ${os} --size ${quoted(type ?? 'SIZE')}${data.length > 0 ? ` --attach-data-disks ${data.map(({ target }) => quoted(`${name}-${target}`)).join(' ')}` : ''}`,
      shows(
        `az vm get-instance-view --resource-group "$GROUP" --name ${quoted(name)} --query "instanceView.statuses[1].code" --output tsv`,
        'PowerState/running',
      ),
    ),
    byHand(
      'tidy',
      say('azure.tidy', 'Delete what is left on the host'),
      disks.map(({ target }) => `rm ${quoted(`/var/tmp/${name}-${target}.raw`)} ${quoted(`/var/tmp/${name}-${target}.vhd`)}`).join('\n'),
    ),
  ]
}
