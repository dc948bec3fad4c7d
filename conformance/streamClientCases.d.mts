import type { ClientCase } from './clientCases.mjs'

/** The rules for clients that read replies in chunks. Each is run by `runClientCase`. */
export const streamClientCases: readonly ClientCase[]
