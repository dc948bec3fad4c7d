import type { PageInfo } from '../route.js'

/** What a page shows, in one sentence, and where to read more. */
export function PageIntro({ page: { intro, docs, source } }: { readonly page: PageInfo }) {
  return (
    <p className="page-intro">
      {intro}{' '}
      <a href={`/source/docs/${docs}`} target="_blank" rel="noreferrer">
        Docs
      </a>{' '}
      <a href={`/source/demo/src/${source}`} target="_blank" rel="noreferrer">
        Source
      </a>
    </p>
  )
}
