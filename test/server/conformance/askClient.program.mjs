// Runs the cases for clients against the client of the tests, with each rule left out in turn. Prints the outcomes as JSON.
import { build } from 'esbuild'
import { clientCases, runClientCase } from '../../../conformance/clientCases.mjs'
import { streamClientCases } from '../../../conformance/streamClientCases.mjs'

/** What a broken client does in place of its rule, by case: a text of the test client, and the text that breaks the rule. */
const broken = {
  'client.hello': ['this.control(this.hello());', 'this.ws.send("{}"); this.control(this.hello());'],
  'client.resume': ['turn: ++this.turn', 'turn: this.turn'],
  'client.repeat': ['frame.resumed ? frame.received - this.acked : 0', '0'],
  'client.lost': ['if (this.key !== void 0) this.lose();', ''],
  'client.bye': ['this.acknowledge(received);\n    this.bye();', 'this.acknowledge(received);'],
  'client.elsewhere': ['code !== 4409', 'code !== 1'],
}

/** The same for the client that reads a reply in chunks. */
const brokenStream = {
  'stream.chunks': ['window: 4', 'window: 0'],
  'stream.end': ['id !== 1 || this.#isOver', 'id !== 1'],
  'stream.credit': ['this.#say(chunk);\n      this.#confirm();', 'this.#say(chunk);'],
  'stream.backpressure': ['this.#chunks.push(data);', 'this.#chunks.push(data);\n    this.#confirm();'],
  'stream.cancel': ['this.#send({ method: "$/cancelRequest", params: { id: 1 } });', ''],
  'stream.resume': [
    'if (welcome?.resumed && !welcome.kept) this.#finish("error");',
    'if (welcome?.resumed) this.#ask();',
  ],
  'stream.unended': ['if (welcome?.resumed && !welcome.kept) this.#finish("error");', ''],
}

/** Loads a client, with a text of it replaced. */
const load = async (entry, [text, replacement] = ['', '']) => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'es2022',
    external: ['ws'],
    define: { __DEV__: 'true' },
  })
  const source = outputFiles[0].text
  if (text && source.split(text).length !== 2) throw new Error(`Expected "${text}" once in the test client.`)
  const code = source
    .replace(text, () => replacement)
    .replaceAll('from "ws"', `from ${JSON.stringify(import.meta.resolve('ws'))}`)
  return await import(`data:text/javascript,${encodeURIComponent(code)}`)
}

const startSession =
  ({ SessionClient }) =>
  (url) => {
    const client = new SessionClient(url)
    const stop = new AbortController()
    for (const payload of [1, 2, 3]) client.send({ type: 'conformance/said', payload })
    const run = async () => {
      while (!stop.signal.aborted) {
        await client.connect()
        await client.closed
      }
    }
    void run()
    return () => stop.abort()
  }

const startStream =
  ({ StreamClient }) =>
  (url) => {
    const client = new StreamClient(url)
    return () => client.stop()
  }

const outcomes = []
const ask = async (cases, start, entry, mistakes) => {
  const whole = await load(entry)
  for (const one of cases) {
    const holds = await runClientCase(one, start(whole))
    const breaks = await runClientCase(one, start(await load(entry, mistakes[one.name])), 1_000)
    outcomes.push({ name: one.name, holds: holds ?? null, breaks: breaks ?? null })
  }
}
const sessionCases = clientCases.filter(({ needsStorage }) => !needsStorage)
await ask(sessionCases, startSession, 'test/support/session/sessionClient.ts', broken)
await ask(streamClientCases, startStream, 'test/server/conformance/streamClient.ts', brokenStream)
console.log(JSON.stringify(outcomes))
process.exit(0)
