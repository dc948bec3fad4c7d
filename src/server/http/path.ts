/** The groups of a path pattern: `'/rooms/:room'` has `{ room: string }`. */
export type PathParams<Path extends string> = string extends Path
  ? Readonly<Record<string, string>>
  : Path extends `${string}:${infer Name}/${infer Rest}`
    ? { readonly [Key in Name]: string } & PathParams<Rest>
    : Path extends `${string}:${infer Name}`
      ? { readonly [Key in Name]: string }
      : unknown

/** Returns the values of the pattern's groups; `undefined` when the url does not match. */
export type PathMatcher = (url: string | undefined) => Readonly<Record<string, string>> | undefined

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const segmentsOf = (path: string): string[] => path.split('/')

/** Returns the names of the pattern's groups, in order. */
export const groupNamesOf = (pattern: string): string[] =>
  segmentsOf(pattern)
    .filter((part) => part.startsWith(':'))
    .map((part) => part.slice(1))

/** Creates a matcher for a pattern such as `/rooms/:room`. Without a pattern every url matches. */
export const createPathMatcher = (pattern: string | undefined): PathMatcher => {
  if (pattern === undefined) return () => ({})
  const parts = segmentsOf(pattern)
  return (url = '/') => {
    const segments = segmentsOf(url.split('?', 1)[0] ?? '')
    if (segments.length !== parts.length) return undefined
    const groups: Record<string, string> = {}
    for (const [index, part] of parts.entries()) {
      const segment = segments[index] ?? ''
      if (!part.startsWith(':')) {
        if (part !== segment) return undefined
        continue
      }
      const value = decode(segment)
      if (value === undefined || value === '') return undefined
      groups[part.slice(1)] = value
    }
    return groups
  }
}

/** Returns the parameters of a url's query; the last one of each name. */
export const queryOf = (url: string | undefined): Record<string, string> => {
  const start = url?.indexOf('?') ?? -1
  return start === -1 ? {} : Object.fromEntries(new URLSearchParams(url?.slice(start)))
}
