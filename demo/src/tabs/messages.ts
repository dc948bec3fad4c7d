import * as v from 'valibot'

// What the page "Shared tabs" and its server send.

export const MAX_TEXT = 200

const name = v.pipe(v.string(), v.maxLength(20))

/** A tab has opened its connection. `isHolder`: it has the real one. */
export const helloSchema = v.object({ name, isHolder: v.boolean() })
export type Hello = v.InferOutput<typeof helloSchema>

/** A message of a tab. */
export const lineSchema = v.object({ from: name, text: v.pipe(v.string(), v.maxLength(MAX_TEXT)) })
export type Line = v.InferOutput<typeof lineSchema>

/** A message as the server sends it. */
export interface NumberedLine extends Line {
  /** 1 is the first message of this server. */
  readonly number: number
}

/** What the server knows of its connections. */
export interface Counts {
  /** How many are open. */
  readonly connections: number
  /** How many were opened since the server has started. */
  readonly opened: number
  /** The tab that has opened the last one; `null` before. */
  readonly holder: string | null
}
