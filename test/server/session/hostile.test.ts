import { describe, expect, it, jest } from '@jest/globals'
import { sessionProtocol } from '../../../src/internal/sessionFrames.js'
import { SessionClient } from '../../support/session/sessionClient.js'
import { startServer } from '../support.js'

// Clients that break the protocol, over real sockets. What a lie does to counters is tested on the state machine.

const WINDOW = { messages: 10, bytes: 1000 }

describe('a client that breaks the protocol of sessions', () => {
  it.each<readonly [title: string, frames: readonly string[], reason: string]>([
    ['sends a counted frame before hello', ['{"a":1}'], 'hello expected'],
    ['acknowledges before hello', ['${"is":"ack","received":0}'], 'hello expected'],
    [
      'says hello twice',
      ['${"is":"hello","window":{"messages":1,"bytes":1}}', '${"is":"hello","window":{"messages":1,"bytes":1}}'],
      'one hello for each connection',
    ],
    ['sends a malformed frame', ['$nonsense'], 'malformed session frame'],
    [
      'sends a hello without all counters',
      [`\${"is":"hello","key":"k","turn":1,"window":${JSON.stringify(WINDOW)}}`],
      'malformed session frame',
    ],
    [
      'acknowledges what was never sent',
      ['${"is":"hello","window":{"messages":1,"bytes":1}}', '${"is":"ack","received":1}'],
      'acknowledged what was never sent',
    ],
  ])('is closed with 4400 when it %s', async (_title, frames, reason) => {
    await using started = await startServer({ session: {} })
    const client = new SessionClient(started.url)
    const ws = await client.open()
    client.acksAtOnce = false
    for (const frame of frames) ws.send(frame)
    expect(await client.closed).toEqual({ code: 4400, reason })
  })

  it('is closed with 4408 when it says no hello in time, and heartbeats do not count', async () => {
    await using started = await startServer({ session: {}, handshakeTimeout: 50 })
    const client = new SessionClient(started.url)
    const ws = await client.open()
    ws.send('ping')
    expect(await client.closed).toMatchObject({ code: 4408 })
    expect(client.pongs).toEqual(['pong'])
    expect(started.server.connections.size).toBe(0)
  })

  it('is closed with 4400 when it sends more than 50 acknowledgements a second that say nothing new', async () => {
    await using started = await startServer({ session: {} })
    const client = new SessionClient(started.url)
    const { id } = (await client.connect())!
    for (let n = 0; n < 60; n++) client.ack()
    expect(await client.closed).toEqual({ code: 4400, reason: 'too many acknowledgements' })
    // The session stays.
    expect(await client.connect()).toMatchObject({ resumed: true, id })
  })

  it('is refused with 4429 when it resumes again and again, and can resume later', async () => {
    await using started = await startServer({ session: {} })
    const client = new SessionClient(started.url)
    await client.connect()
    // On a clock that stands still nothing is refilled.
    const time = Date.now()
    using clock = jest.spyOn(Date, 'now').mockReturnValue(time)
    const codes: number[] = []
    for (let n = 0; n < 80 && codes.length === 0; n++) {
      // oxlint-disable-next-line no-await-in-loop -- one connection after the other
      if (!(await client.connect())) codes.push((await client.closed).code)
    }
    expect(codes).toEqual([4429])
    expect(clock).toHaveBeenCalled()
    expect(started.server.connections.size).toBe(1)
  })

  it('gets no session of another owner, and none of one user gets what was sent to another', async () => {
    await using started = await startServer({
      authorize: ({ url = '' }: { url?: string }) => ({ name: url.slice(2) }),
      session: { owner: (user: unknown) => (user as { name: string }).name },
    } as never)
    const ann = new SessionClient(`${started.url}/?ann`)
    const { id } = (await ann.connect())!
    await ann.cut()
    started.server.connections.get(id)!.send({ secret: 1 })
    const eve = new SessionClient(`${started.url}/?eve`)
    eve.key = ann.key
    expect(await eve.connect()).toMatchObject({ resumed: false })
    expect(eve.frames).toEqual([])
    await ann.connect()
    await ann.until(() => ann.frames.length === 1)
    expect(ann.values()).toEqual([{ secret: 1 }])
  })

  it('keeps at most 16 sessions of one address that were never confirmed', async () => {
    await using started = await startServer({ session: {} })
    const removed: string[] = []
    started.server.on('remove', (_connection, { reason }) => void removed.push(reason))
    for (let n = 0; n < 20; n++) {
      const client = new SessionClient(started.url)
      const suspended = new Promise((resolve) => started.server.on('suspend', resolve))
      // oxlint-disable-next-line no-await-in-loop -- one connection after the other
      const ws = await client.open()
      ws.send(`\${"is":"hello","window":${JSON.stringify(WINDOW)}}`)
      ws.close()
      // oxlint-disable-next-line no-await-in-loop -- one connection after the other
      await suspended
    }
    expect(started.server.connections.size).toBe(16)
    expect(removed).toEqual(Array.from({ length: 4 }, () => 'unconfirmed'))
  })

  it('gets no subprotocol of this library from a server without sessions', async () => {
    await using started = await startServer()
    const client = new SessionClient(started.url)
    const ws = await client.open({ protocols: [sessionProtocol('cbor'), sessionProtocol(''), 'chat'] })
    expect(ws.protocol).toBe('chat')
    const { negotiate } = started.server
    const request = (offered: string) => ({
      url: '/',
      headers: { 'sec-websocket-protocol': offered },
      socket: {},
    })
    expect(negotiate(request('reduplex.session.1'))).toEqual({ status: 101, protocol: '' })
    expect(negotiate(request('reduplex.other, token'))).toEqual({ status: 101, protocol: 'token' })
  })
})
