// Fault switches over HTTP: GET /faults returns their status, POST /faults/<name> runs one.
import { FaultError } from './faults.mjs'

const MAX_BODY_BYTES = 4096

/** Answers a request for `path` or below. Never rejects. */
export async function answerFault(request, response, { path, faults, isSameOrigin }) {
  const { status, body } = await runFault(request, { path, faults, isSameOrigin })
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

async function runFault(request, { path, faults, isSameOrigin }) {
  const name = new URL(request.url, 'http://demo').pathname.slice(path.length + 1)
  try {
    if (!isSameOrigin(request)) throw new FaultError("Only the demo's own page may use the fault switches.", 403)
    if (request.method === 'GET' && name === '') return { status: 200, body: faults.status() }
    if (request.method !== 'POST') throw new FaultError('Use POST.', 405)
    return { status: 200, body: await faults.run(name, await readJson(request)) }
  } catch (error) {
    if (error instanceof FaultError) return { status: error.status, body: { error: error.message } }
    console.error(error)
    return { status: 500, body: { error: 'The demo server failed. See its terminal for the error.' } }
  }
}

async function readJson(request) {
  let body = ''
  for await (const chunk of request) {
    body += chunk
    if (body.length > MAX_BODY_BYTES) throw new FaultError('The body is too large.', 413)
  }
  try {
    return body === '' ? {} : Object(JSON.parse(body))
  } catch {
    throw new FaultError('The body is not valid JSON.')
  }
}
