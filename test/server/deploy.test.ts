import { once } from 'node:events'
import { expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { createSocketServer, type SocketServer } from '../../src/server/index.js'

// A deploy: 200 clients talk to a server, each writing entry after entry into a book that outlives the server. It is closed under them,
// another one takes its port, they come back and write on.

const CLIENTS = 200
const WITHIN = 8_000
const host = '127.0.0.1'

interface Entry {
  readonly by: number
  readonly n: number
}

const keyOf = ({ by, n }: Entry): string => `${String(by)}/${String(n)}`

/** A server that writes into the book, and takes its time for some. */
const startServer = async (port: number, book: string[]): Promise<SocketServer> => {
  const server = createSocketServer({ port, host, rate: false, onError: () => {} })
  server.methods({
    write: async (entry: Entry) => {
      for (let turns = entry.n % 7; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
      book.push(keyOf(entry))
      return entry
    },
  })
  await server.ready
  return server
}

interface Talk {
  /** Entries that the server has said it wrote. */
  readonly acknowledged: string[]
  /** Entries that it refused, with the code. */
  readonly refused: number[]
  /** Begins to write; resolves when so many are acknowledged, and goes on. */
  readonly begin: (count: number) => Promise<void>
  readonly stop: () => void
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

/** Once begun, it always has two requests on their way, until one is refused. */
const talk = async (port: number, by: number, from: number): Promise<Talk> => {
  const ws = new WebSocket(`ws://${host}:${String(port)}`)
  const acknowledged: string[] = []
  const refused: number[] = []
  const waiting = new Set<number>()
  let goal = { count: Infinity, reach: () => {} }
  let isOver = false
  let last = from
  const closed = once(ws, 'close').then(([code, reason]) => ({
    code: code as number,
    reason: String(reason),
  }))
  const write = (): void => {
    if (isOver || ws.readyState !== ws.OPEN) return
    const id = ++last
    waiting.add(id)
    ws.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'write', params: { by, n: id } }))
  }
  ws.on('message', (data) => {
    const { id, result, error } = JSON.parse((data as Buffer).toString()) as {
      id: number
      result?: Entry
      error?: { code: number }
    }
    if (!waiting.delete(id)) throw new Error(`${String(by)} has not asked for ${String(id)}`)
    if (result) acknowledged.push(keyOf(result))
    if (acknowledged.length >= goal.count) goal.reach()
    if (error) refused.push(error.code)
    else write()
  })
  await once(ws, 'open')
  return {
    acknowledged,
    refused,
    begin: async (count) =>
      await new Promise((resolve) => {
        goal = { count, reach: resolve }
        for (let n = 0; n < 2; n++) write()
      }),
    stop: () => {
      isOver = true
      ws.close(1000)
    },
    closed,
  }
}

const clientNumbers = Array.from({ length: CLIENTS }, (_, by) => by)
const all = async <Result>(talks: readonly Talk[], task: (one: Talk) => Promise<Result>): Promise<Result[]> =>
  await Promise.all(talks.map(task))

it('a close with 200 busy clients loses no acknowledged message', async () => {
  const book: string[] = []
  const old = await startServer(0, book)
  const port = old.port ?? 0
  const before = await Promise.all(clientNumbers.map(async (by) => await talk(port, by, 0)))
  await all(before, async (one) => await one.begin(5))

  await old.close({ within: WITHIN })
  const closes = await all(before, async (one) => await one.closed)

  // Each client was closed while it was sending, and none was terminated.
  expect(new Set(closes.map(({ code, reason }) => `${String(code)} ${reason}`))).toEqual(
    new Set(['1012 the server restarts']),
  )

  // Each acknowledged message was handled once; only messages after the start of the close were refused.
  const acknowledged = before.flatMap((one) => one.acknowledged)
  const counts = new Map<string, number>()
  for (const key of book) counts.set(key, (counts.get(key) ?? 0) + 1)
  expect(acknowledged.filter((key) => counts.get(key) !== 1)).toEqual([])
  expect(new Set(before.flatMap((one) => one.refused))).toEqual(new Set([-32012]))
  // And what was written was acknowledged: no call was cut off in the middle.
  expect(new Set(acknowledged).size).toBe(book.length)

  const next = await startServer(port, book)
  const after = await Promise.all(clientNumbers.map(async (by) => await talk(port, by, 1_000_000)))
  await all(after, async (one) => await one.begin(5))
  for (const one of after) one.stop()
  await all(after, async (one) => await one.closed)
  await next.close({ within: WITHIN })
  const kept = new Set(book)
  expect([...acknowledged, ...after.flatMap((one) => one.acknowledged)].filter((key) => !kept.has(key))).toEqual([])
}, 30_000)
