import type { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { RedisConnection } from './client.js'

/** A Lua script, which Redis runs as one step. */
export interface RedisScript {
  readonly source: string
  /** The SHA-1 of the source, in hexadecimal: Redis finds a script by it that it has run before. */
  readonly sha: string
}

/** What a script gets: texts, numbers and bytes. */
export type ScriptArgument = string | number | Buffer

/** Prepares a script. */
export const defineScript = (source: string): RedisScript => ({
  source,
  sha: createHash('sha1').update(source).digest('hex'),
})

const isUnknownScript = (error: unknown): boolean => error instanceof Error && error.message.startsWith('NOSCRIPT')

/**
 * Runs a script on a connection. Redis forgets its scripts when it restarts: the source is sent only when it does not know the script.
 * Rejects with the error of Redis, or when the connection is lost.
 */
export const runScript = async (
  connection: RedisConnection,
  { source, sha }: RedisScript,
  keys: readonly string[],
  args: readonly ScriptArgument[],
  options?: object,
): Promise<unknown> => {
  const rest = [String(keys.length), ...keys, ...args.map((arg) => (typeof arg === 'number' ? String(arg) : arg))]
  try {
    return await connection.sendCommand(['EVALSHA', sha, ...rest], options)
  } catch (error) {
    if (!isUnknownScript(error)) throw error
    return await connection.sendCommand(['EVAL', source, ...rest], options)
  }
}
