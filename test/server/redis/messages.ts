/** What the test sends to a node. */
export interface Order {
  readonly broadcast?: unknown
  readonly publish?: readonly [channel: string, data: unknown]
  readonly close?: true
}

/** What a node reports to the test. */
export interface NodeReport {
  readonly port?: number
  readonly presence?: number
  readonly isConnected?: boolean
  readonly problem?: { readonly code: string; readonly message: string; readonly error: string }
  /** How many clients of this node an order reached. */
  readonly reached?: number
}
