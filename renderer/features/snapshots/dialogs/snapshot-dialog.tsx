import type { Draft } from '../model/draft.ts'
import type { DialogContext } from '../operation-dialog.tsx'
import { CreateDialog } from './create-dialog.tsx'
import { RevertDialog } from './revert-dialog.tsx'
import { CloneDialog, DeleteDialog, DescribeDialog, DiscardDialog, FlattenDialog, MergeDialog } from './small-dialogs.tsx'

/** The dialog of an operation, begun with what is chosen already. */
export function SnapshotDialog({ draft, ...context }: DialogContext & { readonly draft: Draft }) {
  switch (draft.operation) {
    case 'create':
      return <CreateDialog draft={draft} {...context} />
    case 'revert':
      return <RevertDialog draft={draft} {...context} />
    case 'delete':
      return <DeleteDialog draft={draft} {...context} />
    case 'merge':
      return <MergeDialog draft={draft} {...context} />
    case 'flatten':
      return <FlattenDialog draft={draft} {...context} />
    case 'discard':
      return <DiscardDialog draft={draft} {...context} />
    case 'clone':
      return <CloneDialog draft={draft} {...context} />
    case 'describe':
      return <DescribeDialog draft={draft} {...context} />
    default:
      return draft satisfies never
  }
}
