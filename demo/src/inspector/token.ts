import type { ProviderContext } from '../../../src/index.js'

const issued = { count: 1 }

/** The token of the connection: a new one when the server has asked for fresh credentials. */
export function issueToken(reason: ProviderContext['reason']): string {
  if (reason === 'refresh') issued.count += 1
  return `token-${issued.count}`
}
