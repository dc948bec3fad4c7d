import { describe, expect, it } from '@jest/globals'
import type { WebSocket } from 'ws'
import { usePage } from '../support.js'
import { fileOf, jsonTo, openApp, startServer, type Socket } from './support.js'

// A gateway as Discord's: the interval of the heartbeat is dictated, heartbeats carry the last sequence number, and sessions are resumed.

usePage()

interface Received {
  readonly op: number
  readonly d: unknown
}

const startGateway = async ({ interval = 60, badToken = false } = {}) => {
  const beats: unknown[] = []
  const opened: Received[] = []
  const watchers = new Set<() => void>()
  let sequence = 0
  const server = await startServer((socket, _connection, index) => {
    const send = jsonTo(socket)
    const event = (t: string, d: unknown) => send({ op: 0, t, s: ++sequence, d })
    send({ op: 10, d: { heartbeat_interval: interval } })
    return (frame) => {
      let message: Received
      try {
        message = JSON.parse(String(frame)) as Received
      } catch {
        return socket.close(4002, 'Error while decoding payload.')
      }
      const { op, d } = message
      if (op === 1) {
        beats.push(d)
        send({ op: 11 })
        for (const watch of watchers) watch()
      } else opened.push(message)
      if (op === 2 && badToken) return socket.close(4004, 'Authentication failed.')
      if (op === 2) event('READY', { session_id: `session ${index}` })
      if (op === 6) event('RESUMED', {})
    }
  })
  const untilBeats = async (holds: () => boolean) =>
    await new Promise<void>((resolve) => {
      const watch = () => {
        if (!holds()) return
        watchers.delete(watch)
        resolve()
      }
      watchers.add(watch)
      watch()
    })
  const { createGatewaySocket } = fileOf<{ createGatewaySocket: (url: string, token: string) => Socket }>('gateway.ts')
  const app = await openApp(createGatewaySocket(server.url, 'token'))
  const current = (): WebSocket => server.open.at(-1)!.socket
  return { ...app, beats, current, opened, server, untilBeats }
}

const typesOf = (payloads: readonly unknown[]) => payloads.map((payload) => (payload as { type: string }).type)

describe('an app that speaks to a gateway like Discord’s', () => {
  it('beats at the interval that the server dictates, with the last sequence number', async () => {
    const { atLeast, beats, opened, state, untilBeats } = await startGateway()
    expect(typesOf(await atLeast(1, 'gateway/event'))).toEqual(['READY'])
    await untilBeats(() => beats.filter((beat) => beat === 1).length >= 2)
    expect(opened).toEqual([{ op: 2, d: { token: 'token' } }])
    expect(state().status).toBe('open')
  })

  it('beats at once when the server asks for it', async () => {
    const { atLeast, beats, current, untilBeats } = await startGateway({ interval: 600_000 })
    await atLeast(1, 'gateway/event')
    await untilBeats(() => beats.length === 1)
    jsonTo(current())({ op: 1, d: null })
    await untilBeats(() => beats.length === 2)
    expect(beats).toEqual([null, 1])
  })

  it('resumes its session after a loss, and after a request to reconnect', async () => {
    const { atLeast, current, opened, server } = await startGateway()
    await atLeast(1, 'gateway/event')
    server.terminate()
    await atLeast(2, 'gateway/event')
    jsonTo(current())({ op: 7, d: null })
    expect(typesOf(await atLeast(3, 'gateway/event'))).toEqual(['READY', 'RESUMED', 'RESUMED'])
    expect(opened.slice(1)).toEqual([
      { op: 6, d: { token: 'token', session_id: 'session 0', seq: 1 } },
      { op: 6, d: { token: 'token', session_id: 'session 0', seq: 2 } },
    ])
  })

  it('begins a new session when the old one is invalid', async () => {
    const { atLeast, current, opened } = await startGateway()
    await atLeast(1, 'gateway/event')
    jsonTo(current())({ op: 9, d: false })
    expect(typesOf(await atLeast(2, 'gateway/event'))).toEqual(['READY', 'READY'])
    expect(opened[1]).toEqual({ op: 2, d: { token: 'token' } })
  })

  it('stops after a code that says so', async () => {
    const { state, status } = await startGateway({ badToken: true })
    await status('failed')
    expect(state().lastClose?.code).toBe(4004)
  })
})
