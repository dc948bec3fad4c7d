// `npm run conformance -- ws://host:port/path`: does a server keep to docs/protocol.md? Needs Node and the package ws, nothing else.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { anchorOf, cases, defaults, parts, run } from '../conformance/run.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

const usage = `npm run conformance -- <ws://host:port/path> [options]

Asks a server for each rule of docs/protocol.md. It must offer the contract of that page's section "Conformance".

  --http <url>        where it answers calls over HTTP; without it these rules are left out
  --without <part>    leaves out an optional part: ${parts.filter((part) => !['pings', 'http'].includes(part)).join(', ')}
  --pings             waits for the server's ping frames, too: takes two of its intervals
  --only <name>       only these rules, or those that begin so: heartbeat, requests.batch
  --name <ours=yours> a method or a channel of the contract that is called otherwise
  --protocol <name>   a subprotocol to offer where a rule has none of its own; it stands for JSON in text frames
  --header <k: v>     a header of the upgrade
  --max-payload <n>   the largest message that the server takes, in bytes (${defaults.maxPayload})
  --timeout <ms>      how long an answer may take (${defaults.timeout})
  --list              the rules, without a server
  --serve [--port n]  starts the reference server

Options that take a value may be given several times. Exit code 0: all rules hold; 1: one does not; 2: not asked.`

const many = { type: 'string', multiple: true, default: [] }
const options = {
  http: { type: 'string' },
  without: many,
  pings: { type: 'boolean', default: false },
  only: many,
  name: many,
  protocol: { type: 'string' },
  header: many,
  'max-payload': { type: 'string', default: String(defaults.maxPayload) },
  timeout: { type: 'string', default: String(defaults.timeout) },
  list: { type: 'boolean', default: false },
  serve: { type: 'boolean', default: false },
  port: { type: 'string', default: '0' },
  help: { type: 'boolean', short: 'h', default: false },
}

const pairs = (given, separator) =>
  Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf(separator)
      if (at < 1) throw new TypeError(`expected "${pair}" to have a "${separator}"`)
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
    }),
  )

const positive = (text, what) => {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new TypeError(`expected ${what} to be a positive number, got "${text}"`)
}

const line = (mark, one) => `${mark.padEnd(7)} ${one.name.padEnd(29)} ${one.rule}  (${anchorOf(one)})`

const ask = async (url, values) => {
  const unknown = values.without.filter((part) => !parts.includes(part))
  if (unknown.length > 0) throw new TypeError(`there is no part "${unknown[0]}": ${parts.join(', ')}`)
  if (!/^wss?:$/.test(new URL(url).protocol)) throw new TypeError(`expected an address of ws: or wss:, got "${url}"`)
  const counts = { holds: 0, broken: 0, left: 0 }
  const settings = {
    without: values.without,
    only: values.only,
    extra: values.pings ? ['pings'] : [],
    names: pairs(values.name, '='),
    headers: pairs(values.header, ':'),
    protocol: values.protocol,
    http: values.http,
    timeout: positive(values.timeout, '--timeout'),
    maxPayload: positive(values['max-payload'], '--max-payload'),
  }
  for await (const one of run({ url, ...settings })) {
    counts[one.state]++
    if (one.state === 'holds') console.log(line('ok', one))
    if (one.state === 'left') console.log(line('left', one))
    if (one.state === 'broken') console.log(`${line('BROKEN', one)}\n        ${one.reason}`)
  }
  console.log(`${counts.holds} hold, ${counts.broken} broken, ${counts.left} left out`)
  if (counts.broken > 0) return 1
  return counts.holds > 0 ? 0 : 2
}

const serve = async (port) => {
  const { build } = await import('esbuild')
  const outfile = path.join(root, '.cache/conformance/serve.mjs')
  await build({
    absWorkingDir: root,
    entryPoints: ['conformance/serve.ts'],
    bundle: true,
    outfile,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    define: { __DEV__: 'true' },
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    external: ['bufferutil', 'utf-8-validate'],
    logLevel: 'error',
  })
  const server = spawn(process.execPath, [outfile, port], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.kill(signal))
  return await new Promise((resolve) => server.once('exit', (code) => resolve(code ?? 0)))
}

const main = async () => {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    if (values.serve) return await serve(values.port)
    if (values.list) {
      for (const one of cases) console.log(line(one.part ?? '', one))
      return 0
    }
    const [url] = positionals
    if (url && positionals.length === 1 && !values.help) return await ask(url, values)
    console.log(usage)
    return values.help ? 0 : 2
  } catch (error) {
    console.error(`conformance: ${error.message}`)
    return 2
  }
}

process.exitCode = await main()
