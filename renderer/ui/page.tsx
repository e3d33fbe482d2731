import './page.css'
import { Breadcrumb, BreadcrumbItem } from '@patternfly/react-core'
import type { ReactNode } from 'react'
import { Link } from 'react-router'

export interface Crumb {
  readonly label: string
  readonly path: string
}

export interface PageHeadProps {
  readonly title: string
  readonly crumbs?: readonly Crumb[]
  /** State, age, host: what stands behind the title. */
  readonly children?: ReactNode
  readonly actions?: ReactNode
  /** Tabs, at the foot of the head. */
  readonly tabs?: ReactNode
}

/** The head of a page: where it is, what it is, what can be done. Never moves when data comes. */
export function PageHead({ title, crumbs, children, actions, tabs }: PageHeadProps) {
  return (
    <header className={`page-head${tabs ? ' tabbed' : ''}`}>
      {crumbs && (
        <Breadcrumb>
          {crumbs.map((crumb) => (
            <BreadcrumbItem
              key={crumb.path}
              render={({ className }) => (
                <Link className={className} to={crumb.path}>
                  {crumb.label}
                </Link>
              )}
            />
          ))}
          <BreadcrumbItem isActive>{title}</BreadcrumbItem>
        </Breadcrumb>
      )}
      <div className="page-title">
        <h1 className="ellipsis" title={title}>
          {title}
        </h1>
        {children}
        <span className="grow" />
        {actions && <span className="page-actions">{actions}</span>}
      </div>
      {tabs}
    </header>
  )
}

export interface Fact {
  readonly label: string
  readonly value: ReactNode
}

/** Labels and values, one a line. What is not known is a dash, never 0. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className="facts">
      {facts.map((fact) => (
        <div key={fact.label}>
          <dt>{fact.label}</dt>
          <dd>{fact.value ?? <span className="none">–</span>}</dd>
        </div>
      ))}
    </dl>
  )
}

/** A part of a page under a small heading, with at most one link beside it. */
export function Panel({
  title,
  side,
  children,
  className = '',
}: {
  readonly title: string
  readonly side?: ReactNode
  readonly children: ReactNode
  readonly className?: string
}) {
  return (
    <section className={`panel ${className}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {side}
      </header>
      {children}
    </section>
  )
}
