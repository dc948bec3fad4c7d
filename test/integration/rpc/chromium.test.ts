import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { socketConnect } from '../../../src/index.js'
import {
  socketPush,
  socketRequest,
  socketSubscribe,
  socketSubscribed,
  socketUnsubscribe,
  type RpcDialect,
} from '../../../src/rpc/index.js'
import { createRpcStore } from '../../support/rpcStore.js'

/** Chromium's DevTools protocol: no "jsonrpc" member, a channel is a domain, and its pushes are `Domain.event`. */
const devTools: RpcDialect = {
  version: false,
  isShared: true,
  subscribe: ({ channel }) => ({ method: `${String(channel)}.enable` }),
  unsubscribe: (key) => ({ method: `${String(key)}.disable` }),
  push: ({ id, method, params }) => {
    if (id !== undefined || typeof method !== 'string' || !/^\w+\.\w+$/.test(method)) return undefined
    const [domain] = method.split('.')
    return { key: domain, channel: domain, data: { method, params } }
  },
}

let chromium: ChildProcess
let profile: string
let url: string

beforeAll(async () => {
  const script = `
    const { findChromium, chromiumArgs } = await import('./scripts/chromium.mjs')
    console.log(JSON.stringify({ file: findChromium(), args: chromiumArgs }))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  const { file, args } = JSON.parse(stdout) as { file: string; args: string[] }
  profile = mkdtempSync(path.join(tmpdir(), 'reduplex-devtools-'))
  chromium = spawn(file, [...args, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // A process group of its own, which ends as a whole: what is left of it would go on writing to the profile.
    detached: true,
  })
  for await (const line of createInterface({ input: chromium.stderr! })) {
    const found = /DevTools listening on ws:\/\/([^/]+)/.exec(line)?.[1]
    if (found === undefined) continue
    const pages = (await (await fetch(`http://${found}/json/list`)).json()) as {
      type: string
      webSocketDebuggerUrl: string
    }[]
    url = pages.find(({ type }) => type === 'page')!.webSocketDebuggerUrl
    break
  }
}, 60_000)

afterAll(async () => {
  if (chromium.exitCode === null) {
    const ended = once(chromium, 'exit')
    process.kill(-chromium.pid!, 'SIGKILL')
    await ended
  }
  rmSync(profile, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 })
})

interface Evaluated {
  readonly result: { readonly type: string; readonly value?: unknown }
}

describe('the DevTools socket of Chromium', () => {
  it('evaluates, replies with errors, and pushes the events of the console', async () => {
    const store = createRpcStore({ url, dialect: devTools, respondToPing: false })
    await store.dispatch(socketConnect())
    const evaluate = (expression: string) =>
      store.dispatch(socketRequest<Evaluated>('Runtime.evaluate', { expression }))

    await expect(evaluate('6 * 7').unwrap()).resolves.toMatchObject({ result: { type: 'number', value: 42 } })
    await expect(store.dispatch(socketRequest('Runtime.nothing'))).resolves.toMatchObject({ error: { code: -32601 } })

    const id = store.dispatch(socketSubscribe('Runtime'))
    await store.recorder.take(socketSubscribed)
    await evaluate('console.log("hello", 1)')
    const isLog = ({ payload }: { payload?: unknown }) =>
      (payload as { data?: { method?: string } } | undefined)?.data?.method === 'Runtime.consoleAPICalled'
    const logged = store.recorder.of(socketPush).find(isLog)
    expect(logged?.payload).toMatchObject({
      id,
      channel: 'Runtime',
      data: { params: { type: 'log', args: [{ value: 'hello' }, { value: 1 }] } },
    })

    store.dispatch(socketUnsubscribe(id))
    const before = store.recorder.count(socketPush)
    await evaluate('console.log("ignored")')
    expect(store.recorder.count(socketPush)).toBe(before)
  })
})
