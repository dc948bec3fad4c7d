import type { BinaryHandle } from '../../../src/index.js'

/** Whether a message is the handle of received bytes. The store contains nothing else of a binary frame. */
export function isHandle(message: unknown): message is BinaryHandle {
  if (typeof message !== 'object' || message === null || Object.keys(message).length !== 3) return false
  const { id, byteLength, type } = message as Partial<BinaryHandle>
  return typeof id === 'string' && typeof byteLength === 'number' && typeof type === 'string'
}
