/** Names of members whose values are replaced in every text that is recorded. */
const SECRET_NAMES =
  /pass(word|phrase|code)|passwd|token|secret|credential|authorization|cookie|bearer|(api|private|access|session)[-_]?(key|id)/i

/** What stands in place of a secret. */
const HIDDEN = '…'

/** The longest text of a row, in characters. */
const MAX_TEXT = 10_000

/** A name and the colon after it. */
const MEMBER = /"((?:[^"\\]|\\.)*)"\s*:/g

/** Returns texts as they may be shown. */
export interface Mask {
  /**
   * Shortens a message and replaces the values of members with secret names. A text that may have such members and is not JSON is replaced as a whole:
   * nothing says where the secret ends.
   */
  readonly message: (text: string) => string
  /** Replaces a sentence, such as that of an error, when it quotes such a member. */
  readonly sentence: (text: string) => string
}

/** Creates the functions for names of secret members. */
export const createMask = (names: RegExp = SECRET_NAMES): Mask => {
  // A global RegExp would go on after its last match.
  const pattern = new RegExp(`${names.source}|\\$/auth`, names.flags.replaceAll(/[gy]/g, ''))
  const quotesSecret = (text: string): boolean => [...text.matchAll(MEMBER)].some(([, name = '']) => pattern.test(name))

  const message = (text: string): string => {
    const shortened = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}${HIDDEN}` : text
    if (!pattern.test(shortened) && !quotesSecret(shortened)) return shortened
    try {
      return JSON.stringify(JSON.parse(shortened), (name, member: unknown) => {
        // The parameters of `$/authenticate` are credentials, whatever their names are.
        if (pattern.test(name) || (name === 'params' && shortened.includes('$/auth'))) return HIDDEN
        // JSON within JSON.
        return typeof member === 'string' && /^\s*[[{]/.test(member) ? message(member) : member
      })
    } catch {
      return `${HIDDEN} (hidden: ${text.length} characters may contain a secret)`
    }
  }
  return {
    message,
    sentence: (text) => (quotesSecret(text) ? `${HIDDEN} (hidden: may contain a secret)` : text),
  }
}
