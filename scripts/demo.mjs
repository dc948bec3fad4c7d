// npm run demo: serves the page and its servers on one port, also from a fresh clone. PORT=8081 chooses another port, PORT=0 a free one.
// HOST=0.0.0.0 accepts connections of other machines. POSTS_DB=my.db stores the posts in another file, POSTS_DB=:memory: keeps them in memory.
import { setup } from './setup.mjs'

const { PORT = '8080', HOST = '127.0.0.1', POSTS_DB } = process.env

function fail(message) {
  console.error(`demo: ${message}`)
  process.exit(1)
}

function explain(error, port) {
  if (error.code === 'EADDRINUSE') {
    return `port ${port} is in use. Stop the process that listens there, or choose another port: PORT=${port + 1} npm run demo (PORT=0 picks a free one)`
  }
  if (error.code === 'EACCES') {
    return `this user may not listen on port ${port}. Choose a port above 1023: PORT=8080 npm run demo`
  }
  if (error.name === 'DatabaseInUseError') return error.message
  if (error.name === 'SQLite3Error') return `cannot open the database ${POSTS_DB}: ${error.message}`
  return error.stack ?? String(error)
}

const port = Number(PORT)
if (PORT.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535) {
  fail(`expected PORT to be a number from 0 to 65535, got ${JSON.stringify(PORT)}`)
}

await setup({ chromium: false })
// A dynamic import: setup() may just have installed the packages that the server imports.
const { startDemo } = await import('../demo/server.mjs')

// An empty POSTS_DB means the default file.
const demo = await startDemo({ port, host: HOST, database: POSTS_DB || undefined }).catch((error) =>
  fail(explain(error, port)),
)
console.log(`reduplex demo: ${demo.url}  (stop it with Ctrl+C)`)

const stop = () => void demo.close().then(() => process.exit(0))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)

// A SIGTERM to npm ends npm and its shell but is not forwarded to this process, which would keep the port.
if (process.env.npm_lifecycle_event === 'demo') {
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && stop(), 500).unref()
}
