/** Names of members whose values are replaced in every text that is recorded. */
export const SECRET_NAMES =
  /pass(word|phrase|code)|token|secret|credential|authorization|cookie|bearer|(api|private|access|session)[-_]?(key|id)/i

/** What stands in place of a secret. */
const HIDDEN = '…'

/** The longest text of a row, in characters. */
export const MAX_TEXT = 10_000

/** Returns a text as it may be shown: shortened, and without secrets. */
export type MaskText = (text: string) => string

/**
 * Creates a function that shortens a text and replaces the values of members whose names match `names`. A text that matches and is not JSON is replaced as a
 * whole: nothing says where the secret ends.
 */
export const createMask =
  (names: RegExp = SECRET_NAMES): MaskText =>
  (text) => {
    const shortened = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}${HIDDEN}` : text
    // A global RegExp would go on after its last match.
    names.lastIndex = 0
    if (!names.test(shortened)) return shortened
    try {
      return JSON.stringify(JSON.parse(shortened), (name, value: unknown) => {
        names.lastIndex = 0
        return names.test(name) ? HIDDEN : value
      })
    } catch {
      return `${HIDDEN} (hidden: ${text.length} characters that may contain a secret)`
    }
  }
