// npm run demo: the page and its servers on one port, on a fresh clone too. PORT=8081 picks another port, PORT=0 a free
// one; HOST=0.0.0.0 opens it to other machines; POSTS_DB=my.db is another file for the posts, POSTS_DB=:memory: none.
import { setup } from './setup.mjs'

const { PORT = '8080', HOST = '127.0.0.1', POSTS_DB } = process.env

function fail(message) {
  console.error(`demo: ${message}`)
  process.exit(1)
}

function explain(error, port) {
  if (error.code === 'EADDRINUSE') {
    return `port ${port} is taken. Stop what listens there, or choose another one: PORT=${port + 1} npm run demo (PORT=0 picks a free one)`
  }
  if (error.code === 'EACCES')
    return `port ${port} may not be used by this user. Choose one above 1023: PORT=8080 npm run demo`
  // A database that was chosen and can't be had: their sentences say it all.
  if (error.name === 'DatabaseInUseError') return error.message
  if (error.name === 'SQLite3Error') return `the database ${POSTS_DB} cannot be opened: ${error.message}`
  return error.stack ?? String(error)
}

const port = Number(PORT)
if (PORT.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535) {
  fail(`PORT must be a number from 0 to 65535, not ${JSON.stringify(PORT)}`)
}

await setup({ chromium: false })
// Only now: what it imports may just have been installed.
const { startDemo } = await import('../demo/server.mjs')

// An empty POSTS_DB is none.
const demo = await startDemo({ port, host: HOST, database: POSTS_DB || undefined }).catch((error) =>
  fail(explain(error, port)),
)
console.log(`reduplex demo: ${demo.url}  (Ctrl+C ends it)`)

const stop = () => void demo.close().then(() => process.exit(0))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)

// A SIGTERM to npm ends npm and the shell it started, and never gets here: the port would stay taken by an orphan.
if (process.env.npm_lifecycle_event === 'demo') {
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && stop(), 500).unref()
}
