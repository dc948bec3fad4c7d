import { setTimeout } from 'node:timers/promises'

/** The time between two words, in milliseconds. */
const WORD_MS = 100

/** The whole story. */
export const storyAbout = (about: string): string =>
  `Once upon a time there was a page that asked about ${about}. The server did not know the whole answer at once, so it sent each word as soon as it had one. ` +
  `The page showed the words in the order in which they came, and when nobody read them the server waited. Then the line was cut, as lines are. ` +
  `A page without a session had to ask again. A page with a session got the rest of the words about ${about}, each of them once.`

/** Yields the words of a story. Returns their number. */
export async function* tell(about: string, signal: AbortSignal): AsyncGenerator<string, { readonly words: number }> {
  const words = storyAbout(about).split(' ')
  for (const word of words) {
    yield word
    await setTimeout(WORD_MS, undefined, { signal })
  }
  return { words: words.length }
}
