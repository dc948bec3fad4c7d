import { useId, type ReactNode } from 'react'

interface PanelProps {
  readonly title: string
  readonly className?: string
  /** Shown to the right of the title. */
  readonly aside?: ReactNode
  readonly children: ReactNode
}

export function Panel({ title, className = '', aside, children }: PanelProps) {
  const id = useId()
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  )
}
