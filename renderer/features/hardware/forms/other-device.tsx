import { useI18n } from '../../../lib/i18n/index.ts'
import { Facts } from '../../../ui/index.ts'
import { useHardware } from '../hardware-context.ts'
import type { Device } from '../items.ts'

type Other = Exclude<Device, { readonly capacityBytes: unknown } | { readonly mac: unknown }>

/** A device that has no form: what it is, and of one of the host's what that has lost by it. */
export function OtherDevice({ device }: { readonly device: Other }) {
  const { t } = useI18n()
  const { options } = useHardware()
  const address = device.kind === 'hostdev' ? device.key.replace(/^hostdev:((pci|usb|mdev):)?/, '') : null
  const offered = options?.hostDevices.find((each) => each.address === address)
  return (
    <Facts
      facts={[
        { label: t('hw.fact.kind'), value: <span className="mono">{device.kind}</span> },
        { label: t('hw.fact.what'), value: device.summary || null },
        ...(offered
          ? [
              { label: t('hw.fact.product'), value: [offered.vendor, offered.product].filter(Boolean).join(' ') || null },
              { label: t('hw.fact.group'), value: offered.iommuGroup },
              {
                label: t('hw.fact.mates'),
                value: offered.groupMates.map(({ product, name }) => product ?? name).join(', ') || t('hw.nobody'),
              },
            ]
          : []),
      ]}
    />
  )
}
