// The demo host of a Jest worker: one Chromium, and a demo server for each test that asks for one. The servers share one build.
// Prints one line of JSON with its addresses, and ends when its stdin closes.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { chromium } from 'playwright-core'
import { buildDemo, startDemo } from '../../../demo/server.mjs'
import { chromiumArgs, findChromium } from '../../../scripts/chromium.mjs'

const demos = new Map()

/** POST /demos starts one, DELETE /demos/<port> stops it. */
async function handle({ method, url }, body) {
  if (method === 'POST' && url === '/demos') {
    const demo = await startDemo({ port: 0, database: ':memory:', ...body, build })
    demos.set(demo.port, demo)
    return { url: demo.url, port: demo.port }
  }
  const port = Number(/^\/demos\/(\d+)$/.exec(url)?.[1])
  if (method !== 'DELETE' || !port) throw new Error(`unknown request: ${method} ${url}`)
  const demo = demos.get(port)
  demos.delete(port)
  await demo?.close()
  return {}
}

async function readBody(request) {
  let text = ''
  for await (const chunk of request) text += chunk
  return text === '' ? {} : JSON.parse(text)
}

const control = createServer((request, response) => {
  const send = (status, body) => response.writeHead(status).end(JSON.stringify(body))
  readBody(request)
    .then((body) => handle(request, body))
    .then(
      (result) => send(200, result),
      (error) => send(500, { error: String(error) }),
    )
})

const [build, browser] = await Promise.all([
  buildDemo(),
  chromium.launchServer({ executablePath: findChromium(), args: chromiumArgs }),
])
control.listen(0, '127.0.0.1')
await once(control, 'listening')
console.log(JSON.stringify({ control: `http://127.0.0.1:${control.address().port}`, browser: browser.wsEndpoint() }))

process.stdin.resume()
await once(process.stdin, 'end')
await browser.close()
process.exit()
