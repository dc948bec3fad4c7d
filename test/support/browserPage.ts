import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'

/** A page of a browser that runs a bundle. */
export interface BrowserPage extends AsyncDisposable {
  readonly site: BundleSite
  /** Loads the page again: the bundle runs with a new global object. */
  readonly reload: () => Promise<void>
  /** Calls a global function of the page and awaits its result. Arguments and result are plain data. */
  readonly call: (name: string, ...args: readonly unknown[]) => Promise<unknown>
}

export interface BundleSite extends AsyncDisposable {
  readonly url: string
  /** Answers calls of the page: `POST /node` with `{ method, args }`. HTTP is the only way to Node that every browser has. */
  answer: ((method: string, args: unknown[]) => Promise<unknown>) | undefined
}

/** RTK and React check only in development. */
export type BundleMode = 'development' | 'production'

const bundle = async (entry: string, mode: BundleMode): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': JSON.stringify(mode), __DEV__: String(mode !== 'production') },
  })
  return outputFiles[0]?.text ?? ''
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = ''
  request.setEncoding('utf8')
  for await (const chunk of request) body += String(chunk)
  return body
}

/** Serves a page that runs the bundle of a module. `entry` is its path from the root of the project. */
export const serveBundle = async (entry: string, mode: BundleMode = 'development'): Promise<BundleSite> => {
  const script = await bundle(entry, mode)

  const respond = async (request: IncomingMessage): Promise<{ status: number; type: string; body: string }> => {
    if (request.url === '/bundle.js') return { status: 200, type: 'text/javascript', body: script }
    if (request.url === '/') {
      return {
        status: 200,
        type: 'text/html',
        body: '<!doctype html><meta charset="utf-8"><script src="/bundle.js"></script>',
      }
    }
    if (request.url === '/other') return { status: 200, type: 'text/html', body: '<!doctype html><title>Other</title>' }
    if (request.url !== '/node') return { status: 404, type: 'text/plain', body: '' }
    try {
      if (site.answer === undefined) throw new Error('expected the test to set `answer` before the page calls Node')
      const { method, args } = JSON.parse(await bodyOf(request)) as { method: string; args: unknown[] }
      // JSON has no undefined: it arrives as null.
      const result = await site.answer(
        method,
        args.map((arg) => arg ?? undefined),
      )
      return { status: 200, type: 'application/json', body: JSON.stringify(result ?? null) }
    } catch (error) {
      return { status: 500, type: 'text/plain', body: String(error) }
    }
  }

  const server = createServer((request, response) => {
    void respond(request).then(({ status, type, body }) => {
      // `no-store` would keep the page out of the back-forward cache.
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-cache' }).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const site: BundleSite = {
    url: `http://127.0.0.1:${port}/`,
    answer: undefined,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
  return site
}
