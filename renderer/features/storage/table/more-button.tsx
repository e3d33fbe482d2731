import { RhUiEllipsisVerticalIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-ellipsis-vertical-icon'

export interface MoreButtonProps {
  readonly label: string
  readonly onOpen: (at: { readonly x: number; readonly y: number }) => void
}

/** Opens the menu of a row. */
export function MoreButton({ label, onOpen }: MoreButtonProps) {
  return (
    <button
      type="button"
      className="storage-more"
      aria-label={label}
      aria-haspopup="menu"
      title={label}
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect()
        onOpen({ x: box.right - 260, y: box.bottom + 2 })
      }}
    >
      <RhUiEllipsisVerticalIcon />
    </button>
  )
}
