import type { BuildOptions, EditableNic } from '../../../../shared/model/index.ts'
import type { NicSpec } from '../../../../shared/model/machine-spec.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { type Choice, Field, Select } from '../field.tsx'
import { useHardware } from '../hardware-context.ts'

/** What a card hangs on, as one word: `network/default`, `bridge/br0`, `macvtap/eno1`. */
export function wireOf({ kind, source }: EditableNic): string {
  return `${kind === 'direct' ? 'macvtap' : kind}/${source ?? ''}`
}

export function sourceOf(wire: string, parts: BuildOptions | undefined): NicSpec['source'] | null {
  const at = wire.indexOf('/')
  const [kind, name] = [wire.slice(0, at), wire.slice(at + 1)]
  if (kind === 'network') return { kind, network: name }
  if (kind === 'bridge') return { kind, bridge: name, openVSwitch: parts?.bridges.find((each) => each.name === name)?.openVSwitch ?? false }
  return kind === 'macvtap' ? { kind, device: name, mode: 'bridge' } : null
}

export function useWires(): readonly Choice[] {
  const { t } = useI18n()
  const { parts } = useHardware()
  return [
    ...(parts?.networks ?? []).map(({ name, active, forward, cidrs }) => ({
      id: `network/${name}`,
      label: t('build.nic.network', { name, kind: cidrs[0] ?? forward ?? '' }).trim(),
      reason: active ? null : t('build.network-off'),
    })),
    ...(parts?.bridges ?? []).map(({ name, openVSwitch }) => ({
      id: `bridge/${name}`,
      label: t(openVSwitch ? 'build.nic.openvswitch' : 'build.nic.bridge', { name }),
    })),
    ...(parts?.devices ?? []).map((name) => ({ id: `macvtap/${name}`, label: t('build.nic.macvtap', { name }) })),
  ]
}

export interface WireChoiceProps {
  readonly value: string
  readonly name?: string
  readonly runs?: string | null
  readonly onChange: (wire: string) => void
}

export function WireChoice({ value, name, runs = null, onChange }: WireChoiceProps) {
  const { t } = useI18n()
  const wires = useWires()
  const label = value.slice(value.indexOf('/') + 1)
  const choices = wires.some(({ id }) => id === value) ? wires : [{ id: value, label: label || value }, ...wires]
  return (
    <Field label={t('build.column.network')} {...(name !== undefined && { name })} runs={runs}>
      {(id, describedBy) => <Select id={id} describedBy={describedBy} value={value} choices={choices} onChange={onChange} />}
    </Field>
  )
}
