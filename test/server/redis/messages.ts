/** What the test tells a node. */
export interface Order {
  readonly broadcast?: unknown
  readonly publish?: readonly [channel: string, data: unknown]
  readonly close?: true
}

/** What a node tells the test. */
export interface Told {
  readonly port?: number
  readonly presence?: number
  readonly isConnected?: boolean
  readonly problem?: { readonly code: string; readonly message: string; readonly error: string }
  /** How many an order reached on this node. */
  readonly reached?: number
}
