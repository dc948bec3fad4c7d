import { describe, expect, it } from '@jest/globals'
import { createSocketMiddleware, socketClose, socketConnect } from '../../../src/index.js'
import { reauthentication, socketReauthenticate, socketRequest } from '../../../src/rpc/index.js'
import type { CallContext } from '../../../src/server/index.js'
import { createRpcStore } from '../../support/rpcStore.js'
import { createQueue, startServer } from '../../server/support.js'

const HOUR = 3_600_000

interface Token {
  readonly user: string
  readonly serial: number
}

/** A server whose users have tokens. The first one is good for that time, the others for an hour. */
const start = async (firstMs: number) => {
  const opened = createQueue<string>()
  const renewed = createQueue<Token>()
  const running = await startServer({
    authorize: (_req, { credentials }) => {
      if (credentials === undefined) return { id: 'ada', serial: 0, expiresAt: Date.now() + firstMs }
      const token = credentials as Token
      renewed.push(token)
      return { id: token.user, serial: token.serial, expiresAt: Date.now() + HOUR }
    },
    userId: (user) => (user as { id: string }).id,
  })
  running.server.on('add', ({ id }) => opened.push(id))
  running.server.methods({ serial: (_params: unknown, { user }: CallContext) => (user as Token).serial })
  return { ...running, opened, renewed }
}

describe('reauthentication with the server', () => {
  it('gives an open connection fresh credentials before the old ones end', async () => {
    await using running = await start(4_000)
    let serial = 0
    const store = createRpcStore({
      url: running.url,
      create: createSocketMiddleware.with(reauthentication(() => ({ user: 'ada', serial: ++serial }))),
    })
    void store.dispatch(socketConnect())
    expect(await running.renewed.next()).toEqual({ user: 'ada', serial: 1 })
    expect(await store.dispatch(socketRequest('serial'))).toEqual({ data: 1 })
    expect(running.opened.all).toHaveLength(1)
    void store.dispatch(socketClose())
  })

  it('keeps the user of a connection whose fresh credentials are refused', async () => {
    await using running = await start(HOUR)
    const store = createRpcStore({ url: running.url })
    void store.dispatch(socketConnect())
    await store.until(({ status }) => status === 'open')
    expect(await store.dispatch(socketReauthenticate({ user: 'ada', serial: 7 }))).toMatchObject({
      data: { expiresIn: expect.any(Number) },
    })
    expect(await store.dispatch(socketReauthenticate({ user: 'bob', serial: 8 }))).toMatchObject({
      error: { code: -32003 },
    })
    expect(await store.dispatch(socketRequest('serial'))).toEqual({ data: 7 })
    expect(running.opened.all).toHaveLength(1)
    void store.dispatch(socketClose())
  })
})
