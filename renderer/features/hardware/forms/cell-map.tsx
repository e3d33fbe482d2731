import type { HardwareOptions } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'

export interface CellMapProps {
  readonly cells: HardwareOptions['cells']
  readonly label: string
  readonly chosen: ReadonlySet<number>
  /** How many of the machine's threads are pinned to each processor. */
  readonly pins: ReadonlyMap<number, number>
  readonly onToggle: (cpu: number) => void
  readonly onCell: (cpus: readonly number[]) => void
}

/** The host's NUMA nodes with their processors: filled are those of the chosen row, with a bar those of other rows. */
export function CellMap({ cells, label, chosen, pins, onToggle, onCell }: CellMapProps) {
  const { t, format } = useI18n()
  return (
    <div className="hw-cells" role="group" aria-label={label}>
      <p className="form-note">{label}</p>
      {cells.map((cell) => (
        <div key={cell.id} className="hw-cell">
          <header>
            <b>{t('hw.node', { number: cell.id })}</b>
            {cell.memoryKiB !== null && <span className="sub num">{format.bytes(cell.memoryKiB * 1_024)}</span>}
            <span className="grow" />
            <button type="button" className="hw-toggle" onClick={() => onCell(cell.cpus)}>
              {t('hw.pin.whole-node')}
            </button>
          </header>
          <div className="hw-cpus">
            {cell.cpus.map((cpu) => {
              const count = pins.get(cpu) ?? 0
              const others = count - (chosen.has(cpu) ? 1 : 0)
              return (
                <button
                  key={cpu}
                  type="button"
                  className={`hw-cpu num${others > 0 ? ' shared' : ''}`}
                  aria-pressed={chosen.has(cpu)}
                  aria-label={t('hw.cpu-number', { number: cpu, count })}
                  title={t('hw.cpu-number', { number: cpu, count })}
                  onClick={() => onToggle(cpu)}
                >
                  {cpu}
                </button>
              )
            })}
          </div>
        </div>
      ))}
    </div>
  )
}
