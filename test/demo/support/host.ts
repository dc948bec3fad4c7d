import { chromium, type Browser } from 'playwright-core'

/** The addresses of the demo host. The environment test/env/demo.cjs provides them. */
declare const demoHost: {
  readonly control: string
  /** The endpoint of Chromium. */
  readonly browser: string
}

/** A running demo. */
export interface Demo extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Ends it like a crash: at once, without close frames. */
  readonly kill: () => Promise<void>
}

export interface DemoOptions {
  /** @default a free port */
  readonly port?: number
  /** The file of the posts. @default in memory */
  readonly database?: string
  /** The time between two pushes of a clock, in milliseconds. @default 1000 */
  readonly tickInterval?: number
}

const request = async (method: string, path: string, body?: object): Promise<unknown> => {
  const response = await fetch(demoHost.control + path, { method, ...(body && { body: JSON.stringify(body) }) })
  const result = (await response.json()) as object
  if (!response.ok) throw new Error(`demo host: ${JSON.stringify(result)}`)
  return result
}

/** Starts a demo in the host: its own server, faults and posts, with the build that all demos of the host share. */
export const startDemo = async (options: DemoOptions = {}): Promise<Demo> => {
  const { url, port } = (await request('POST', '/demos', options)) as Pick<Demo, 'url' | 'port'>
  const kill = async () => void (await request('DELETE', `/demos/${port}`))
  return { url, port, kill, [Symbol.asyncDispose]: kill }
}

/** Connects to the Chromium of the host. Closing the result closes only its own contexts. */
export const connectBrowser = async (): Promise<Browser> => await chromium.connect(demoHost.browser)
