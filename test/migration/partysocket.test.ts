import { describe, expect, it, jest } from '@jest/globals'
import type { Store } from '@reduxjs/toolkit'
import { selectIsOpen, type SocketsState } from '../../src/index.js'
import { createSocketServer } from '../../src/server/index.js'
import { WebSocket } from 'ws'
import { runFile } from '../recipes/pageFiles.js'
import { atTheEnd, until, usePage } from '../recipes/support.js'

usePage()

interface Prices {
  readonly store: Store<{ socket: SocketsState; prices: { isOpen?: boolean; bySymbol?: Record<string, number> } }>
  readonly watch: (symbol: string) => void
  readonly close: () => unknown
}

describe.each(['before', 'after'] as const)('the page about partysocket, %s', (side) => {
  it('asks for a url, sends what was queued, and connects again after a cut', async () => {
    const server = createSocketServer({ port: 0, host: '127.0.0.1' })
    await server.ready
    atTheEnd(async () => await server.close({ within: 0 }))
    let asked = 0
    server.messages.forEach((message, sender) =>
      sender.send({ symbol: (message as { watch: string }).watch, price: asked }),
    )
    const fetchUrl = jest.fn(async () => await Promise.resolve(`ws://127.0.0.1:${server.port}/?n=${++asked}`))
    const { createPrices } = runFile('docs/migration/partysocket.md', `${side}/prices.ts`) as {
      createPrices: (fetchUrl: () => Promise<string>, WebSocket?: unknown) => Prices
    }
    const { store, watch, close } = createPrices(fetchUrl, WebSocket)
    atTheEnd(close)
    const priceIs = async (price: number) =>
      await until(store, ({ prices }) => (prices.bySymbol ?? (prices as Record<string, number>))['ACME'] === price)
    watch('ACME')
    await priceIs(1)
    for (const connection of server.connections) connection.ws.terminate()
    await until(store, (state) => !(state.prices.isOpen ?? selectIsOpen(state)))
    watch('ACME')
    await priceIs(2)
    expect(fetchUrl).toHaveBeenCalledTimes(2)
  })
})
