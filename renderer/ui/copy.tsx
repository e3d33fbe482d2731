import { RhUiCheckIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-check-icon'
import { RhUiCopyIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-copy-icon'
import { useEffect, useState } from 'react'
import { useT } from '../lib/i18n/index.ts'

const SHOWN_MS = 1_500

export interface CopyButtonProps {
  readonly text: string
  /** Names it for assistive technology. */
  readonly what: string
  /** Stands beside the icon, where there is room for one. */
  readonly word?: string
}

/** Copies a text and says so on the button itself. */
export function CopyButton({ text, what, word }: CopyButtonProps) {
  const t = useT()
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return undefined
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const label = copied ? t('copy.done') : t('copy.copy', { what })
  return (
    <button
      type="button"
      className={word === undefined ? 'copy' : 'copy with-word'}
      aria-label={label}
      title={label}
      onClick={() => {
        // Without the permission nothing is copied and nothing is claimed.
        void navigator.clipboard?.writeText(text).then(
          () => setCopied(true),
          () => setCopied(false),
        )
      }}
    >
      {copied ? <RhUiCheckIcon /> : <RhUiCopyIcon />}
      {word !== undefined && (copied ? t('copy.done') : word)}
    </button>
  )
}

/** A command to run somewhere else, with its copy button. */
export function CommandLine({ command }: { readonly command: string }) {
  return (
    <span className="command-line">
      <code className="mono">{command}</code>
      <CopyButton text={command} what={command} />
    </span>
  )
}
