import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { WebSocket } from 'ws'
import { serveBundle, type BundleSite } from '../browserPage.js'
import { createTabCalls, pollUntil, type TabCalls } from './tabsBrowser.js'

// Chromium over its DevTools protocol. Playwright keeps every page visible, and a visible page cannot be frozen.

/** A tab that can be hidden and frozen. */
export interface VisibleTab extends TabCalls {
  /** Shows it; the others are hidden. */
  readonly show: () => Promise<void>
  readonly setFrozen: (isFrozen: boolean) => Promise<void>
  /** Goes to another page of the origin, and waits until it is there. The page that is left may stay in the back-forward cache. */
  readonly leave: () => Promise<void>
  /** Goes back, and waits until the page of the tests is there. */
  readonly goBack: () => Promise<void>
}

/** A browser of its own. */
export interface VisibleTabs extends AsyncDisposable {
  /** What the tabs are at. */
  readonly site: BundleSite
  readonly open: () => Promise<VisibleTab>
}

interface Answer {
  readonly id?: number
  readonly result?: { readonly targetId?: string; readonly sessionId?: string; readonly result?: { value?: unknown } }
}

const launch = async () => {
  const script = `
    const { findChromium, chromiumArgs } = await import('./scripts/chromium.mjs')
    console.log(JSON.stringify({ file: findChromium(), args: chromiumArgs }))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  const { file, args } = JSON.parse(stdout) as { file: string; args: string[] }
  const profile = mkdtempSync(path.join(tmpdir(), 'reduplex-tabs-'))
  const child = spawn(file, [...args, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // A process group of its own, which ends as a whole.
    detached: true,
  })
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stderr })) {
    const endpoint = /DevTools listening on (ws:\S+)/.exec(line)?.[1]
    if (endpoint === undefined) continue
    const close = async () => {
      process.kill(-child.pid!, 'SIGKILL')
      await exited
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    }
    return { endpoint, close }
  }
  throw new Error('Chromium gave no address of its DevTools')
}

/** Launches Chromium. */
export const openVisibleTabs = async (): Promise<VisibleTabs> => {
  const site = await serveBundle('test/integration/tabs/page.ts')
  const { endpoint, close } = await launch()
  const socket = new WebSocket(endpoint)
  await once(socket, 'open')
  let lastId = 0
  const waiting = new Map<number, (answer: Answer) => void>()
  socket.on('message', (data: Buffer) => {
    const answer = JSON.parse(data.toString()) as Answer
    waiting.get(answer.id ?? 0)?.(answer)
  })
  const command = async (method: string, params: object, sessionId?: string): Promise<Answer['result']> => {
    lastId += 1
    const id = lastId
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve))
    socket.send(JSON.stringify({ id, method, params, sessionId }))
    return (await answered).result
  }
  const open = async (): Promise<VisibleTab> => {
    const target = await command('Target.createTarget', { url: site.url })
    const targetId = target?.targetId
    const attached = await command('Target.attachToTarget', { targetId, flatten: true })
    const session = attached?.sessionId
    const evaluate = async (expression: string): Promise<unknown> => {
      const params = { expression, awaitPromise: true, returnByValue: true }
      return (await command('Runtime.evaluate', params, session))?.result?.value
    }
    const calls = createTabCalls(async (name, args) => await evaluate(`globalThis.${name}(...${JSON.stringify(args)})`))
    await pollUntil(
      async () => await evaluate('typeof globalThis.startSocket'),
      (type) => type === 'function',
      'the type of startSocket',
    )
    const untilAt = async (wanted: string) =>
      await pollUntil(
        async () => await evaluate('location.href'),
        (href) => href === wanted,
        'the address',
      )
    return {
      ...calls,
      leave: async () => {
        await command('Page.navigate', { url: `${site.url}other` }, session)
        await untilAt(`${site.url}other`)
      },
      goBack: async () => {
        await evaluate('history.back()')
        await untilAt(site.url)
      },
      show: async () => void (await command('Target.activateTarget', { targetId })),
      setFrozen: async (isFrozen) =>
        void (await command('Page.setWebLifecycleState', { state: isFrozen ? 'frozen' : 'active' }, session)),
    }
  }
  return {
    site,
    open,
    [Symbol.asyncDispose]: async () => {
      socket.terminate()
      await close()
      await site[Symbol.asyncDispose]()
    },
  }
}
