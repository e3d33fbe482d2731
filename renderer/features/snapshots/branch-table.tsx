import type { BranchFile } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { fileName } from './model/selection.ts'

/** The files of a branch that is discarded: what each holds, as far as anybody knows. */
export function BranchTable({ branch }: { readonly branch: readonly BranchFile[] }) {
  const { t, format } = useI18n()
  return (
    <table className="snap-list num" aria-label={t('snapshots.branch')}>
      <thead>
        <tr>
          <th scope="col">{t('snapshots.column.file')}</th>
          <th scope="col" className="end">
            {t('snapshots.column.size')}
          </th>
          <th scope="col">{t('snapshots.written-last')}</th>
          <th scope="col">{t('snapshots.branch.since')}</th>
          <th scope="col">{t('snapshots.branch.inside')}</th>
        </tr>
      </thead>
      <tbody>
        {branch.map(({ path, pool, allocationBytes, writtenAtMs, since, inside }) => (
          <tr key={path}>
            <th scope="row" title={path}>
              <span className="mono snap-path">{fileName(path)}</span> <span className="sub">{pool ?? t('snapshots.no-pool')}</span>
            </th>
            <td className="end">{allocationBytes === null ? t('snapshots.not-known') : format.bytes(allocationBytes)}</td>
            <td title={writtenAtMs === null ? undefined : format.absolute(writtenAtMs)}>
              {writtenAtMs === null ? t('snapshots.not-known') : format.when(writtenAtMs)}
            </td>
            <td>{since.length === 0 ? <span className="none">–</span> : since.join(', ')}</td>
            <td className={inside !== null && inside.length > 0 ? 'bad-text' : ''}>
              {inside === null ? t('snapshots.not-known') : inside.length === 0 ? t('snapshots.none') : inside.join(', ')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
