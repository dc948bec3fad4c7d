import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, jest } from '@jest/globals'
import { WebSocket } from 'ws'
import { SLOW_CHECKS } from '../support/slowChecks.js'

const ends: (() => unknown)[] = []

beforeEach(() => {
  const { warn } = console
  // RTK's checks print how long they took on a busy machine; the pages' stores have them on by default.
  jest.spyOn(console, 'warn').mockImplementation((...args: unknown[]) => {
    if (!SLOW_CHECKS.test(String(args[0]))) warn(...args)
  })
})

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** Calls a function after the test, the last one first. */
export const atTheEnd = (end: () => unknown): void => void ends.push(end)

/** Node 20 has no WebSocket of its own: until the test ends, it has that of ws. */
export const giveWebSocket = (): void => {
  const page = globalThis as { WebSocket?: unknown }
  const { WebSocket: own } = page
  page.WebSocket = WebSocket
  atTheEnd(() => {
    if (own === undefined) delete page.WebSocket
    else page.WebSocket = own
  })
}

/**
 * Makes the backoff draw short delays until the test ends. Not 0: RTK derives the ids of its listeners from random numbers, and they would all be
 * equal.
 */
export const hurry = (): void => {
  const { random } = Math
  jest.spyOn(Math, 'random').mockImplementation(() => random() / 20)
}

/** Gives every test of a file the WebSocket of ws and short delays. */
export const usePage = (): void => {
  beforeEach(() => {
    giveWebSocket()
    hurry()
  })
}

interface Watched<State> {
  readonly getState: () => State
  readonly subscribe: (listener: () => void) => () => void
}

/** Resolves as soon as the state satisfies `holds`. */
export const until = async <State>(store: Watched<State>, holds: (state: State) => boolean): Promise<void> => {
  if (holds(store.getState())) return
  await new Promise<void>((resolve) => {
    const stop = store.subscribe(() => {
      if (!holds(store.getState())) return
      stop()
      resolve()
    })
  })
}

/** Listens on a free port of 127.0.0.1 until the test ends. Returns the port. */
export const listenOnce = async (http: Server): Promise<number> => {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  atTheEnd(() => {
    http.closeAllConnections()
    http.close()
  })
  return (http.address() as AddressInfo).port
}
