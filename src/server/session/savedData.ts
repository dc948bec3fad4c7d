import { Buffer } from 'node:buffer'
import { messageOf } from '../../internal/errors.js'
import { isNamedObject } from '../../internal/optionGroups.js'
import type { InternalConnection } from '../connection/serverConnection.js'

/** How large `connection.data` may be as JSON. */
const MAX_BYTES = 16 * 1024

const EMPTY = '{}'

/** Returns `connection.data` as JSON. What cannot be saved is reported, and an empty object is saved in its place. */
export const toSavedData = (connection: InternalConnection | undefined): string => {
  if (!connection) return EMPTY
  const fail = (why: string): string => {
    connection.report('session_data', `"connection.data" is not saved: ${why}`)
    return EMPTY
  }
  try {
    const text = JSON.stringify(connection.view.data)
    const bytes = Buffer.byteLength(text)
    return bytes <= MAX_BYTES ? text : fail(`expected at most ${MAX_BYTES} bytes of JSON, got ${bytes}.`)
  } catch (error) {
    return fail(`expected what JSON can carry: ${messageOf(error)}`)
  }
}

/** Reads it again. */
export const readSavedData = (text: string): Record<string, unknown> | undefined => {
  try {
    const data = JSON.parse(text) as unknown
    return isNamedObject(data) ? { ...data } : undefined
  } catch {
    return undefined
  }
}
