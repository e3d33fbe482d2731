export interface FormatFieldProps {
  readonly id: string
  readonly formats: readonly ('qcow2' | 'raw')[]
  readonly value: 'qcow2' | 'raw'
  readonly onChange: (value: 'qcow2' | 'raw') => void
}

export function FormatField({ id, formats, value, onChange }: FormatFieldProps) {
  return (
    <select
      id={id}
      className="text-input short"
      value={value}
      disabled={formats.length < 2}
      onChange={(event) => onChange(event.target.value === 'raw' ? 'raw' : 'qcow2')}
    >
      {formats.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  )
}
