// Serves the pages of docs/ and the sources of the demo and the library as plain text, for the links of the pages.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)

/** Only text files below these folders, and no dot at the beginning of a name. */
const ALLOWED = /^\/source\/((?:docs|demo|src)(?:\/[\w-][\w.-]*)+\.(?:md|mjs|ts|tsx))$/

/** Answers a request for `/source/<path of a file>`. Never rejects. */
export async function serveSource(request, response) {
  const [, file] = ALLOWED.exec(new URL(request.url, 'http://demo').pathname) ?? []
  const text = file && (await readFile(fileURLToPath(new URL(file, root)), 'utf8').catch(() => undefined))
  response.writeHead(text === undefined ? 404 : 200, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(text ?? 'Not found\n')
}
