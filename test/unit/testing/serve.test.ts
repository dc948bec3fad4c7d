import { afterEach, describe, expect, it } from '@jest/globals'
import { socketClosed, socketConnect, socketOpened } from '../../../src/index.js'
import {
  createServerSocket,
  createSocketServer,
  type ConnectionEnd,
  type ServerConnection,
  type SocketServer,
} from '../../../src/server/index.js'
import { createFakeServer, recordActions } from '../../../src/testing/index.js'
import { createChat, said } from './chatStore.js'

let companion: SocketServer
let chat: ReturnType<typeof createChat>

afterEach(async () => {
  chat.dispose()
  await companion.close()
})

/** The companion server behind a fake network. */
const setupServed = () => {
  const received: unknown[] = []
  companion = createSocketServer({ noServer: true })
  companion.onMessage(said.type, (payload, sender) => {
    received.push(payload)
    sender.emit(said.type, `got ${String(payload)}`)
  })
  const network = createFakeServer({
    serve: (transport, request) => {
      const served = createServerSocket(transport)
      companion.attach(served.socket, request)
      return served
    },
  })
  chat = createChat({ WebSocket: network.WebSocket, reconnect: { backoff: () => 1 } })
  return { network, received, recorder: recordActions(chat.store) }
}

const nextClient = async (): Promise<ServerConnection> => await new Promise((resolve) => companion.on('add', resolve))

const nextEnd = async (): Promise<ConnectionEnd> =>
  await new Promise((resolve) => companion.on('remove', (_connection, end) => resolve(end)))

const isAnswer = (action: { readonly type: string; readonly payload?: unknown }) =>
  action.type === said.type && String(action.payload).startsWith('got ')

describe('a fake server that serves the companion server', () => {
  it('passes messages in both directions', async () => {
    const { recorder, received } = setupServed()
    await chat.store.dispatch(socketConnect())
    chat.store.dispatch(said('hi'))
    await recorder.next(isAnswer)
    expect(chat.store.getState().lines).toEqual(['hi', 'got hi'])
    expect(received).toEqual(['hi'])
  })

  it('cuts the network, and the companion server gets the end', async () => {
    const { network, recorder } = setupServed()
    const added = nextClient()
    await chat.store.dispatch(socketConnect())
    await recorder.next(socketOpened)
    await added
    expect(companion.connections.size).toBe(1)
    const [reconnected, removed] = [nextClient(), nextEnd()]
    await network.cut()
    const { payload } = await recorder.next(socketClosed)
    expect(payload.code).toBe(1006)
    expect((await removed).code).toBe(1006)
    await recorder.next(socketOpened)
    await reconnected
    expect(companion.connections.size).toBe(1)
  })

  it('passes the close code of the companion server', async () => {
    const { recorder } = setupServed()
    const added = nextClient()
    await chat.store.dispatch(socketConnect())
    const connection = await added
    connection.close(4403, 'not you')
    const { payload } = await recorder.next(socketClosed)
    expect(payload).toMatchObject({ code: 4403, reason: 'not you', wasClean: true, next: 'failed' })
  })
})
