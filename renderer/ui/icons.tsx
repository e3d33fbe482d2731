import type { ReactNode } from 'react'

/** Silhouettes of states: each is told from the others without colour. `was-…`: the last known one over a lost link. */
export type StateShape =
  | 'running'
  | 'stopped'
  | 'saved'
  | 'paused'
  | 'busy'
  | 'migrating'
  | 'attention'
  | 'failed'
  | 'was-running'
  | 'was-stopped'
  | 'unknown'

interface Shape {
  readonly tone: 'ok' | 'busy' | 'warn' | 'bad' | 'off'
  readonly draw: ReactNode
}

const SHAPES: Readonly<Record<StateShape, Shape>> = {
  running: { tone: 'ok', draw: <circle cx="6" cy="6" r="4.5" fill="currentColor" /> },
  stopped: { tone: 'off', draw: <rect x="2" y="2" width="8" height="8" rx="1" stroke="currentColor" strokeWidth="1.4" /> },
  saved: {
    tone: 'off',
    draw: (
      <>
        <rect x="2" y="2" width="8" height="8" rx="1" stroke="currentColor" strokeWidth="1.4" />
        <path d="M4.4 6h3.2" stroke="currentColor" strokeWidth="1.4" />
      </>
    ),
  },
  paused: {
    tone: 'off',
    draw: (
      <>
        <rect x="2.4" y="1.8" width="2.6" height="8.4" fill="currentColor" />
        <rect x="7" y="1.8" width="2.6" height="8.4" fill="currentColor" />
      </>
    ),
  },
  busy: {
    tone: 'busy',
    draw: (
      <>
        <circle cx="6" cy="6" r="4.5" stroke="currentColor" strokeWidth="1.4" />
        <path d="M6 1.5a4.5 4.5 0 0 1 0 9V1.5Z" fill="currentColor" />
      </>
    ),
  },
  migrating: {
    tone: 'busy',
    draw: (
      <>
        <circle cx="6" cy="6" r="4.9" stroke="currentColor" strokeWidth="1.3" />
        <path d="M3.4 6h4.4M6 3.9 8.1 6 6 8.1" stroke="currentColor" strokeWidth="1.3" />
      </>
    ),
  },
  attention: {
    tone: 'warn',
    draw: (
      <>
        <path d="M6 .9 11.6 11H.4L6 .9Z" fill="currentColor" />
        <path d="M6 4.4v3" stroke="var(--nc-surface)" strokeWidth="1.4" />
        <circle cx="6" cy="9.2" r=".8" fill="var(--nc-surface)" />
      </>
    ),
  },
  failed: {
    tone: 'bad',
    draw: (
      <>
        <path d="M3.7.8h4.6l3 3v4.4l-3 3H3.7l-3-3V3.8l3-3Z" fill="currentColor" />
        <path d="m4.1 4.1 3.8 3.8m0-3.8L4.1 7.9" stroke="var(--nc-surface)" strokeWidth="1.4" />
      </>
    ),
  },
  'was-running': { tone: 'off', draw: <circle cx="6" cy="6" r="4.5" stroke="currentColor" strokeWidth="1.4" strokeDasharray="2.1 1.6" /> },
  'was-stopped': {
    tone: 'off',
    draw: <rect x="2" y="2" width="8" height="8" rx="1" stroke="currentColor" strokeWidth="1.4" strokeDasharray="2 1.5" />,
  },
  unknown: {
    tone: 'off',
    draw: (
      <>
        <circle cx="6" cy="6" r="4.8" stroke="currentColor" strokeWidth="1.2" strokeDasharray="1.6 1.4" />
        <path d="M4.7 4.9c0-.9.6-1.4 1.3-1.4s1.3.5 1.3 1.2c0 1-1.3 1-1.3 2" stroke="currentColor" strokeWidth="1.1" />
        <circle cx="6" cy="8.4" r=".65" fill="currentColor" />
      </>
    ),
  },
}

/** Decoration: the word stands beside it. */
export function StateIcon({ shape, muted = false }: { readonly shape: StateShape; readonly muted?: boolean }) {
  const { tone, draw } = SHAPES[shape]
  return (
    <svg width={12} height={12} viewBox="0 0 12 12" fill="none" aria-hidden className={`state-icon i-${muted ? 'off' : tone}`}>
      {draw}
    </svg>
  )
}

export type FreshShape = 'live' | 'partly' | 'lost' | 'never'

/** The dot of freshness: disc live, half partly, ring lost, dashed ring never. `label` names it for assistive technology. */
export function Fresh({ shape, label }: { readonly shape: FreshShape; readonly label?: string }) {
  return (
    <svg
      width="8"
      height="8"
      viewBox="0 0 8 8"
      className={`fresh ${shape}`}
      role="img"
      aria-label={label ?? ''}
      aria-hidden={label === undefined}
    >
      {shape === 'live' && <circle cx="4" cy="4" r="3" fill="currentColor" />}
      {shape === 'partly' && (
        <>
          <circle cx="4" cy="4" r="2.9" fill="none" stroke="currentColor" strokeWidth="1.2" />
          <path d="M4 1.1a2.9 2.9 0 0 1 0 5.8Z" fill="currentColor" />
        </>
      )}
      {(shape === 'lost' || shape === 'never') && (
        <circle
          cx="4"
          cy="4"
          r="2.9"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.2"
          {...(shape === 'never' && { strokeDasharray: '1.4 1.2' })}
        />
      )}
    </svg>
  )
}

const PROVIDER_GLYPHS: Readonly<Record<string, { readonly name: string; readonly draw: ReactNode }>> = {
  libvirt: {
    name: 'KVM',
    draw: (
      <>
        <rect x="1.6" y="2.1" width="10.8" height="4.2" rx="1" />
        <rect x="1.6" y="7.7" width="10.8" height="4.2" rx="1" />
        <path d="M4 4.2h.1M4 9.8h.1" strokeWidth="1.6" strokeLinecap="round" />
        <path d="M7 4.2h3M7 9.8h3" />
      </>
    ),
  },
  simulated: {
    name: 'Demo',
    draw: (
      <>
        <path d="M5.2 1.8h3.6M6 1.8v3.4L2.6 11a1 1 0 0 0 .9 1.4h7a1 1 0 0 0 .9-1.4L8 5.2V1.8" />
        <path d="M4.2 8.6h5.6" />
      </>
    ),
  },
  aws: {
    name: 'AWS',
    draw: (
      <>
        <path d="M7 1.5 12 4.2v5.6L7 12.5 2 9.8V4.2Z" />
        <path d="M2 4.2 7 7l5-2.8M7 7v5.5" />
      </>
    ),
  },
  azure: {
    name: 'Azure',
    draw: (
      <>
        <path d="M5.4 2h3.2l3.6 10H9L6.9 6.4" />
        <path d="M5.4 2 1.8 12h3l.9-2.3" />
        <path d="M4.4 8.4 9 12" />
      </>
    ),
  },
  gcp: {
    name: 'Google Cloud',
    draw: (
      <>
        <path d="M4 2.2h6L13 7l-3 4.8H4L1 7l3-4.8Z" />
        <circle cx="7" cy="7" r="2.1" />
      </>
    ),
  },
}

export interface ProvProps {
  readonly providerId: string
  /** The name stands beside it as a word. */
  readonly decorative?: boolean
}

/** A neutral mark of the kind of connection: one weight, no brand. */
export function Prov({ providerId, decorative = false }: ProvProps) {
  const glyph = PROVIDER_GLYPHS[providerId] ?? PROVIDER_GLYPHS.libvirt
  return (
    <svg
      width="14"
      height="14"
      viewBox="0 0 14 14"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.15"
      strokeLinejoin="round"
      className="prov"
      role="img"
      aria-label={decorative ? '' : glyph?.name}
      aria-hidden={decorative}
    >
      {glyph?.draw}
    </svg>
  )
}

export function Chevron({ open = false }: { readonly open?: boolean }) {
  return (
    <svg width="10" height="10" viewBox="0 0 10 10" fill="none" stroke="currentColor" strokeWidth="1.4" aria-hidden className="chevron">
      <path d={open ? 'm2 3.5 3 3 3-3' : 'm3.5 2 3 3-3 3'} />
    </svg>
  )
}
