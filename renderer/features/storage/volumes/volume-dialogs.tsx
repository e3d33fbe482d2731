import { useEntity } from '../../../lib/live/index.ts'
import { CopyDialog } from './copy-dialog.tsx'
import { CreateDialog } from './create-dialog.tsx'
import { DeleteVolumesDialog } from './delete-dialog.tsx'
import { ResizeDialog } from './resize-dialog.tsx'
import { useVolumeRequest } from './volume-request.ts'
import { WipeDialog } from './wipe-dialog.tsx'

export { askVolume } from './volume-request.ts'

/** The dialog that is open about volumes of a pool. */
export function VolumeDialogs() {
  const question = useVolumeRequest((state) => state.question)
  const pool = useEntity('pool', question?.poolId)
  if (!question || !pool) return null
  const [row] = question.rows
  if (question.kind === 'create') return <CreateDialog pool={pool} taken={question.taken} />
  if (!row) return null
  switch (question.kind) {
    case 'resize':
      return <ResizeDialog pool={pool} row={row} />
    case 'copy':
    case 'convert':
      return <CopyDialog pool={pool} row={row} converts={question.kind === 'convert'} />
    case 'wipe':
      return <WipeDialog pool={pool} row={row} />
    case 'delete':
      return <DeleteVolumesDialog question={question} pool={pool} />
  }
}
