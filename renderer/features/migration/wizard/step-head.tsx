import type { ReactNode } from 'react'

export interface StepHeadProps {
  readonly title: string
  readonly text?: ReactNode
  /** What can be done with all of the part. */
  readonly children?: ReactNode
}

/** The head of a part of the wizard. */
export function StepHead({ title, text, children }: StepHeadProps) {
  return (
    <header className="migrate-head">
      <div>
        <h1>{title}</h1>
        {text !== undefined && <p className="sub">{text}</p>}
      </div>
      <span className="grow" />
      {children}
    </header>
  )
}
