// Runs the cases for clients against the client of the tests, with each rule left out in turn. Prints the outcomes as JSON.
import { build } from 'esbuild'
import { clientCases, runClientCase } from '../../../conformance/clientCases.mjs'

/** What a broken client does in place of its rule, by case: a text of the test client, and the text that breaks the rule. */
const broken = {
  'client.hello': ['this.control(this.hello());', 'this.ws.send("{}"); this.control(this.hello());'],
  'client.resume': ['turn: ++this.turn', 'turn: this.turn'],
  'client.repeat': ['frame.resumed ? frame.received - this.acked : 0', '0'],
  'client.lost': ['if (this.key !== void 0) this.lose();', ''],
  'client.bye': ['this.acknowledge(received);\n    this.bye();', 'this.acknowledge(received);'],
  'client.elsewhere': ['code !== 4409', 'code !== 1'],
}

const load = async ([text, replacement] = ['', '']) => {
  const { outputFiles } = await build({
    entryPoints: ['test/support/session/sessionClient.ts'],
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
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)).SessionClient
}

const startWith = (SessionClient) => (url) => {
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

const outcomes = []
const whole = await load()
for (const one of clientCases.filter(({ needsStorage }) => !needsStorage)) {
  const holds = await runClientCase(one, startWith(whole))
  const breaks = await runClientCase(one, startWith(await load(broken[one.name])), 1_000)
  outcomes.push({ name: one.name, holds: holds ?? null, breaks: breaks ?? null })
}
console.log(JSON.stringify(outcomes))
process.exit(0)
