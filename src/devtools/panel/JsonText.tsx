import type { ReactNode } from 'react'

/** Longer texts are shown without colours: each token is an element. */
const MAX_COLOURED = 20_000

// A string, with the colon that follows a key; or a literal or number.
const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** JSON with coloured tokens. */
export const JsonText = ({ text }: { readonly text: string }) => {
  if (text.length > MAX_COLOURED) return <code>{text}</code>
  const parts: ReactNode[] = []
  let end = 0
  for (const match of text.matchAll(TOKEN)) {
    const [token, string, colon = ''] = match
    const kind = string === undefined ? 'literal' : colon === '' ? 'string' : 'key'
    parts.push(
      text.slice(end, match.index),
      <span key={match.index} className={`json-${kind}`}>
        {string ?? token}
      </span>,
      colon,
    )
    end = match.index + token.length
  }
  return (
    <code>
      {parts}
      {text.slice(end)}
    </code>
  )
}
