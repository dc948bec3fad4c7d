import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { configureStore, type Middleware } from '@reduxjs/toolkit'
import { build } from 'esbuild'
import { WebSocket } from 'ws'
import {
  createSocketMiddleware,
  socketClose,
  socketConnect,
  socketDropped,
  socketMessage,
  socketOpened,
  socketReducer,
  socketSend,
} from '../../../src/index.js'
import { selectUnacknowledged, sessionFeature, socketAcknowledged } from '../../../src/session/index.js'
import type { DeployReport, SaidPayload } from './deployNode.program.js'

// A deploy as it happens: the process of the server closes under load and ends, and another process listens on its port. The clients are stores of an app.

const CLIENTS = 300
const MESSAGES = 20
/** The messages that a client sends before it waits for acknowledgements. */
const AHEAD = 4

const folder = mkdtempSync(path.join(tmpdir(), 'reduplex-deploy-'))
const file = path.join(folder, 'node.cjs')
const started: ChildProcess[] = []

beforeAll(async () => {
  await build({
    entryPoints: ['test/server/session/deployNode.program.ts'],
    outfile: file,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    define: { __DEV__: 'true' },
    external: ['bufferutil', 'utf-8-validate'],
    logLevel: 'error',
  })
})
afterAll(() => {
  for (const child of started) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Starts a process of the server. `reportAt`: it reports when it has handled so many messages. */
const startNode = async (port: number, reportAt: number) => {
  const child = fork(file, [String(port), String(reportAt)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  started.push(child)
  const nextReport = async (): Promise<DeployReport> => {
    const [report] = (await once(child, 'message')) as [DeployReport]
    return report
  }
  const ready = await nextReport()
  return {
    port: ready.port!,
    nextReport,
    close: async (): Promise<DeployReport> => {
      const exited = once(child, 'exit')
      const reported = nextReport()
      child.send('close')
      const report = await reported
      await exited
      return report
    },
  }
}

/** An app that sends its messages a few at a time, over as many sessions as it takes. */
const startClient = (index: number, port: number, deployed: Promise<unknown>) => {
  const verdicts: (string | undefined)[] = []
  const answers: number[] = []
  const dropped: string[] = []
  let acknowledged = 0
  let sent = 0
  let wake = () => {}
  const record: Middleware = () => (next) => (action) => {
    if (socketMessage.match(action)) answers.push((action.payload as { readonly payload: number }).payload)
    else if (socketOpened.match(action)) verdicts.push(action.payload.session)
    else if (socketDropped.match(action)) dropped.push(action.payload.reason)
    else if (socketAcknowledged.match(action)) acknowledged += action.payload.ids.length
    const result = next(action)
    wake()
    return result
  }
  const { middleware, dispose } = createSocketMiddleware.with(sessionFeature)({
    url: `ws://127.0.0.1:${port}`,
    WebSocket,
    session: { ackInterval: 5 },
    connectTimeout: 30_000,
    reconnect: { backoff: () => 50, minUptime: 0 },
  })
  const store = configureStore({
    reducer: { socket: socketReducer },
    middleware: (defaults) =>
      defaults({ serializableCheck: false, immutableCheck: false }).prepend(middleware).concat(record),
  })
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      // oxlint-disable-next-line no-await-in-loop -- until it holds
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const run = async (): Promise<void> => {
    await store.dispatch(socketConnect())
    while (sent < MESSAGES) {
      // oxlint-disable no-await-in-loop -- one message after the other
      // Each client has a message left for the second process.
      if (sent === MESSAGES - 1) await deployed
      store.dispatch(socketSend({ type: 'said', payload: [index, sent++] satisfies SaidPayload }))
      await until(() => sent - acknowledged < AHEAD)
      // oxlint-enable no-await-in-loop
    }
    await until(() => acknowledged === MESSAGES && answers.length === MESSAGES)
  }
  return {
    run,
    result: () => ({ verdicts, answers, dropped, unacknowledged: selectUnacknowledged(store.getState()) }),
    end: async () => {
      await store.dispatch(socketClose())
      dispose()
    },
  }
}

describe('a deploy with 300 clients under load and a new process', () => {
  it('loses no message, doubles none and keeps the order, in both directions', async () => {
    const first = await startNode(0, CLIENTS * 3)
    let setDeployed = () => {}
    const deployed = new Promise<void>((resolve) => {
      setDeployed = resolve
    })
    const clients = Array.from({ length: CLIENTS }, (_, index) => startClient(index, first.port, deployed))
    const running = Promise.all(clients.map(async (client) => await client.run()))
    await first.nextReport()
    const before = await first.close()
    // Until here nobody listens on the port.
    const second = await startNode(first.port, 0)
    setDeployed()
    await running
    const results = clients.map((client) => client.result())
    await Promise.all(clients.map(async (client) => await client.end()))
    const after = await second.close()

    const expected = Array.from({ length: MESSAGES }, (_, n) => n)
    for (const [index, { answers, dropped, unacknowledged, verdicts }] of results.entries()) {
      expect([...before.handled![index]!, ...after.handled![index]!]).toEqual(expected)
      expect(answers).toEqual([...before.answered![index]!, ...after.answered![index]!])
      expect(answers.toSorted((a, b) => a - b)).toEqual(expected)
      expect({ dropped, unacknowledged, verdicts }).toEqual({
        dropped: [],
        unacknowledged: [],
        verdicts: ['new', 'new'],
      })
    }
  }, 120_000)
})
