/** The position of the quote that ends the string that begins at `start`. */
const endOfString = (text: string, start: number): number => {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at
  }
  return text.length
}

/** Splits a text into the JSON texts in it: at separators, and between a value and the next one. Linear and not recursive. */
export const splitJsonTexts = (text: string, separator: string): string[] => {
  const texts: string[] = []
  let start = 0
  let depth = 0
  const cut = (end: number, next = end) => {
    if (text.slice(start, end).trim()) texts.push(text.slice(start, end))
    start = next
  }
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (!depth && text.startsWith(separator, at)) {
      cut(at, at + separator.length)
      at = start - 1
    } else if (/["[{]/.test(char)) {
      if (!depth) cut(at)
      if (char === '"') at = endOfString(text, at)
      else depth++
      if (!depth) cut(at + 1)
    } else if (/[\]}]/.test(char) && --depth === 0) cut(at + 1)
  }
  cut(text.length)
  return texts
}
