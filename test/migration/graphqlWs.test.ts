import { describe, expect, it } from '@jest/globals'
import type { Store } from '@reduxjs/toolkit'
import { buildSchema } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocket, WebSocketServer } from 'ws'
import { runFile } from '../recipes/pageFiles.js'
import { atTheEnd, until, usePage } from '../recipes/support.js'

usePage()

interface Opened {
  readonly store: Store
  readonly prices: () => readonly number[]
  readonly stop: () => void
  readonly close: () => void
}

/** A server that pushes what `push` is called with. */
const startServer = async () => {
  const wss = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'graphql-transport-ws' })
  await new Promise((resolve) => wss.once('listening', resolve))
  const tokens: unknown[] = []
  const stopped: (() => void)[] = []
  /** One price, then nothing until the client completes the operation. */
  const source = (): AsyncIterator<unknown> & AsyncIterable<unknown> => {
    let isFirst = true
    const iterator = {
      next: async () => {
        if (!isFirst) await new Promise(() => {})
        isFirst = false
        return { done: false, value: { price: 7 } }
      },
      return: async () => {
        stopped.shift()?.()
        return await Promise.resolve({ done: true, value: undefined })
      },
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }
  useServer(
    {
      schema: buildSchema('type Query { none: Int } type Subscription { price: Int }'),
      roots: { subscription: { price: source } },
      onConnect: ({ connectionParams }) => {
        tokens.push(connectionParams?.['token'])
      },
    },
    wss,
  )
  atTheEnd(() => {
    wss.clients.forEach((client) => client.terminate())
    wss.close()
  })
  const nextOf = async (list: (() => void)[]) => await new Promise<void>((resolve) => list.push(resolve))
  const url = `ws://127.0.0.1:${(wss.address() as { port: number }).port}`
  return { wss, url, tokens, whenStopped: () => nextOf(stopped) }
}

describe.each(['before', 'after'] as const)('the page about graphql-ws, %s', (side) => {
  it('subscribes with its token, again after a cut, and completes', async () => {
    const { wss, url, tokens, whenStopped } = await startServer()
    const { openPrices } = runFile('docs/migration/graphql-ws.md', `${side}/prices.ts`) as {
      openPrices: (url: string, token: string, webSocketImpl?: unknown) => Opened
    }
    const { store, prices, stop, close } = openPrices(url, 'a token', WebSocket)
    atTheEnd(close)
    await until(store, () => prices().length === 1)
    wss.clients.forEach((client) => client.terminate())
    await until(store, () => prices().length === 2)
    const end = whenStopped()
    stop()
    await end
    expect(tokens).toEqual(['a token', 'a token'])
    // The pushes of both connections.
    expect(prices()).toEqual([7, 7])
  })
})
