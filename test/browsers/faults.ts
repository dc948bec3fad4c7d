import {
  socketClosed,
  socketConnect,
  socketConnecting,
  socketError,
  socketMessage,
  socketOpened,
  socketReconnecting,
  socketSend,
} from '../../src/index.js'
import { equal } from '../contract/check.js'
import type { Case } from '../contract/environment.js'

// Faults of the network in every engine; test/faults has all of them for Chromium and for `ws`.

export const faults: readonly Case[] = [
  {
    name: 'the server is killed and starts again: sends made meanwhile arrive, once and in order',
    run: async ({ createStore, server }) => {
      await server.echo(true)
      const { dispatch, recorder, state } = createStore({ reconnect: { backoff: () => 50, minUptime: 0 } })
      equal(await dispatch(socketConnect()), 'open', 'outcome')
      await server.stop()
      await recorder.take(socketReconnecting)
      const deliveries = ['first', 'second'].map((text) => dispatch(socketSend(text)).delivery)
      // Some attempts without a server: the queue outlives them.
      await recorder.takeMany(3, socketConnecting)
      await server.start()
      await recorder.takeMany(2, socketOpened)
      const echoes = await recorder.takeMany(2, socketMessage)
      equal(deliveries, ['queued', 'queued'], 'deliveries')
      equal(
        echoes.map(({ payload }) => payload),
        ['first', 'second'],
        'what came back',
      )
      const { received, open } = await server.snapshot()
      equal([received, open, state().status], [['"first"', '"second"'], 1, 'open'], 'frames, connections and status')
    },
  },
  {
    name: 'the heartbeat notices a frozen connection and replaces it at once, without waiting for its close event',
    run: async ({ createStore, server }) => {
      await server.echo(true)
      const { dispatch, recorder, state } = createStore({
        heartbeat: { interval: 50, timeout: 200, message: '"alive?"', reply: (text) => text === '"alive?"' },
        reconnect: { backoff: () => 3_600_000, minUptime: 0 },
      })
      equal(await dispatch(socketConnect()), 'open', 'outcome')
      // It has answered: the miss is not followed by the backoff.
      await server.reached({ received: 2 })
      await server.freeze(true)
      await server.freeze(false)
      await recorder.takeMany(2, socketOpened)
      const [{ payload: closed } = {}] = recorder.of(socketClosed)
      equal([closed?.code, closed?.cause, closed?.next], [null, 'timeout', 'reconnecting'], 'the close')
      equal(
        recorder.of(socketError).map(({ payload }) => payload.code),
        ['heartbeat_missed'],
        'errors',
      )
      equal(dispatch(socketSend('alive')).delivery, 'sent', 'delivery')
      equal((await recorder.take(socketMessage)).payload, 'alive', 'what came back')
      equal([recorder.count(socketConnecting), state().status], [2, 'open'], 'attempts and status')
    },
  },
]
