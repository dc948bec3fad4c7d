// Copied beside the README's programs and run with them, in a Node of their own.
import { deepStrictEqual } from 'node:assert/strict'

export type Claim = (actual: unknown) => Promise<void>

let held = 0

/** The number of claims that held so far. */
const countHeld = (): number => held

/** Claims the whole value. */
const all =
  (expected: unknown): Claim =>
  async (actual) => {
    deepStrictEqual(await actual, expected)
    held++
  }

/** Claims the members that `expected` names, of an object that may have more. */
const some =
  (expected: Record<string, unknown>): Claim =>
  async (actual) => {
    const given = Object(await actual) as Record<string, unknown>
    deepStrictEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, given[key]])), expected)
    held++
  }

/** Tries a claim again and again, for five seconds at most. It polls because a claim may be about any expression, not only about a store. */
const soon = async (ask: () => unknown, claim: Claim): Promise<void> => {
  const end = Date.now() + 5_000
  for (;;) {
    try {
      return await claim(ask())
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

export const claim = { all, some, soon, countHeld }
