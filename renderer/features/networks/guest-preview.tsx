import { useI18n } from '../../lib/i18n/index.ts'
import { type Draft, hasSubnets } from './create-form.ts'
import { cidrOf, networkAddress, rangeSize } from './subnets.ts'

/** What a machine gets that is plugged in, and who reaches it. */
export function GuestPreview({ draft }: { readonly draft: Draft }) {
  const { t, format } = useI18n()
  const { mode, dhcp, start, end, domain } = draft
  const v4 = hasSubnets(mode) ? cidrOf(draft.subnet) : null
  const v6 = hasSubnets(mode) ? cidrOf(draft.subnet6) : null
  const lines = [
    ...(hasSubnets(mode)
      ? []
      : [
          t(`network.guest.address.${mode === 'bridge' ? 'bridge' : 'openvswitch'}`, {
            bridge: draft.bridge.trim() || t('network.guest.a-bridge'),
          }),
        ]),
    ...(v4
      ? dhcp
        ? [
            t('network.guest.dhcp', { start, end, count: format.number(rangeSize(start, end)) }),
            t(mode === 'isolated' ? 'network.guest.no-gateway' : 'network.guest.gateway', { address: v4.address }),
          ]
        : [t('network.guest.by-hand', { subnet: networkAddress(v4), gateway: v4.address })]
      : []),
    ...(v6 ? [t('network.guest.v6', { subnet: networkAddress(v6) })] : []),
    ...(hasSubnets(mode) && domain.trim() !== '' ? [t('network.guest.domain', { domain: domain.trim() })] : []),
    ...(mode === 'openvswitch' && draft.portGroups.length > 0 ? [t('network.guest.port-groups')] : []),
  ]
  return (
    <section className="net-preview" aria-label={t('network.guest.title')}>
      <h3>{t('network.guest.title')}</h3>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <h3>{t('network.guest.reach')}</h3>
      <p>{t(`network.guest.out.${mode}`, { subnet: v4 ? networkAddress(v4) : '…', device: draft.device.trim() || 'none' })}</p>
      <p>{t(`network.guest.in.${mode}`)}</p>
    </section>
  )
}
