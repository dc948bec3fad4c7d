import { expect } from '@jest/globals'
import type { Functions } from '../../../demo/functions/methods.js'

/** Calls a function of the server without the page. */
export const call = async (url: string, method: keyof Functions, params?: unknown): Promise<unknown> => {
  const response = await fetch(`${url}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const reply = (await response.json()) as { readonly result?: unknown; readonly error?: unknown }
  return reply.error ?? reply.result
}

/** Reads repeatedly until the value is `expected`. */
export const waitForValue = async (read: () => Promise<unknown>, expected: unknown) => {
  let value: unknown
  for (let tries = 0; tries < 100; tries += 1) {
    value = await read()
    if (value === expected) return
  }
  expect(value).toBe(expected)
}
