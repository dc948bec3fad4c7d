import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { serveBundle, type BrowserPage } from '../support/browserPage.js'
import { freePort } from '../support/freePort.js'

// WebKitGTK's own driver in plain W3C WebDriver: its MiniBrowser on a virtual screen.

const quiet = {
  WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
  WEBKIT_DISABLE_COMPOSITING_MODE: '1',
  LIBGL_ALWAYS_SOFTWARE: '1',
  GTK_A11Y: 'none',
  NO_AT_BRIDGE: '1',
}

/** Ends a process that was started here, with a polite signal first. */
const end = async (child: ChildProcess): Promise<void> => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 3_000)
  await exited
  clearTimeout(timer)
}

/** A process that also ends when this one is killed: the kernel sees to it. */
const start = async (command: string, args: string[], env: NodeJS.ProcessEnv, stdio: 'pipe' | 'ignore') => {
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', command, ...args], { env, stdio: ['ignore', stdio, 'ignore'] })
  await once(child, 'spawn')
  return child
}

/** An X server that chooses its display number, which it prints as soon as it listens. */
const startScreen = async (): Promise<{ screen: ChildProcess; display: string }> => {
  const screen = await start(
    process.env['XVFB_PATH'] ?? 'Xvfb',
    ['-displayfd', '1', '-nolisten', 'tcp'],
    process.env,
    'pipe',
  )
  const gone = once(screen, 'exit').then(() => {
    throw new Error('Xvfb ended before it had a display')
  })
  let text = ''
  const displayName = new Promise<string>((resolve) => {
    screen.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.includes('\n')) resolve(`:${text.trim()}`)
    })
  })
  const display = await Promise.race([displayName, gone])
  gone.catch(() => {})
  return { screen, display }
}

type Call = <Result>(method: string, path: string, body?: unknown) => Promise<Result>

const startDriver = async (display: string): Promise<{ driver: ChildProcess; call: Call }> => {
  const port = await freePort()
  const env = { ...process.env, ...quiet, DISPLAY: display, GDK_BACKEND: 'x11' }
  const driver = await start(process.env['WEBKIT_DRIVER_PATH'] ?? 'WebKitWebDriver', [`--port=${port}`], env, 'ignore')
  const call: Call = async <Result>(method: string, path: string, body?: unknown): Promise<Result> => {
    const sending = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      agent: false,
      signal: AbortSignal.timeout(30_000),
    })
    sending.setHeader('content-type', 'application/json')
    sending.end(body === undefined ? undefined : JSON.stringify(body))
    const [response] = (await once(sending, 'response')) as [IncomingMessage]
    const { value } = (await json(response)) as { value: unknown }
    if (response.statusCode !== 200) throw new Error(`${method} ${path}: ${JSON.stringify(value).slice(0, 500)}`)
    return value as Result
  }
  // It prints nothing when it is ready.
  for (const givesUpAt = performance.now() + 10_000; ;) {
    try {
      await call('GET', '/status')
      return { driver, call }
    } catch (error) {
      if (driver.exitCode === null && performance.now() < givesUpAt) await pause(20)
      else {
        await end(driver)
        throw new Error('WebKitWebDriver did not start', { cause: error })
      }
    }
  }
}

// Rejections cross as text.
const caller = `
  const [name, args, done] = arguments
  Promise.resolve().then(() => globalThis[name](...args)).then((value) => done({ value }), (error) => done({ error: String(error) }))`

/** Opens a page of WebKitGTK: `WEBKIT_DRIVER_PATH` drives the MiniBrowser at `WEBKIT_BROWSER_PATH`. */
export const openWebKitPage = async (entry: string): Promise<BrowserPage> => {
  const ends: (() => Promise<unknown>)[] = []
  const dispose = async (): Promise<void> => {
    const endLast = ends.pop()
    if (endLast === undefined) return
    try {
      await endLast()
    } finally {
      await dispose()
    }
  }
  try {
    const site = await serveBundle(entry)
    ends.push(async () => await site[Symbol.asyncDispose]())
    const { screen, display } = await startScreen()
    ends.push(async () => await end(screen))
    const { driver, call } = await startDriver(display)
    ends.push(async () => await end(driver))
    const binary = process.env['WEBKIT_BROWSER_PATH']
    const { sessionId } = await call<{ sessionId: string }>('POST', '/session', {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args: ['--automation'] } } },
    })
    const session = `/session/${sessionId}`
    ends.push(async () => await call('DELETE', session))
    await call('POST', `${session}/timeouts`, { script: 60_000 })
    return {
      site,
      reload: async () => void (await call('POST', `${session}/url`, { url: site.url })),
      call: async (name, ...args) => {
        const result = await call<{ value?: unknown; error?: string }>('POST', `${session}/execute/async`, {
          script: caller,
          args: [name, args],
        })
        if (result.error !== undefined) throw new Error(result.error)
        return result.value
      },
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}
