import { pages, type PageName } from '../route.js'

export function PageNav({ current }: { readonly current: PageName }) {
  return (
    <nav aria-label="Pages" className="page-nav">
      {pages.map(({ name, label }) => (
        <a key={name} href={`#${name}`} aria-current={name === current ? 'page' : undefined}>
          {label}
        </a>
      ))}
    </nav>
  )
}
