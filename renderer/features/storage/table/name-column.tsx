import type { I18n } from '../../../lib/i18n/index.ts'
import type { TableColumn } from './table-model.ts'

/** A volume's name, its path on demand. */
export function nameColumn<T extends { readonly name: string; readonly path: string }>({ t }: I18n): TableColumn<T> {
  return {
    id: 'name',
    label: t('column.name'),
    width: 'minmax(140px, 2fr)',
    cell: ({ name, path }) => (
      <span className="ellipsis storage-name" title={path}>
        {name}
      </span>
    ),
  }
}
