// Locks a database file for one process. node-sqlite3-wasm creates a folder `posts.db.lock` as its lock, and a process that is killed
// leaves that folder behind: the file would stay locked. So the process that uses the file writes its id into `posts.db.pid`. A process
// that finds the id of one that has ended takes over both.
import { readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'

/** Distinguishes this process from an earlier one with the same id, which is common in containers. */
const self = `${process.pid} ${performance.timeOrigin}`

/** Another process uses the file; `message` names it and says what to do. */
class DatabaseInUseError extends Error {
  constructor(file: string, pid: string) {
    super(
      `${file} is in use by process ${pid}. Stop that process, or choose another file: POSTS_DB=other.db npm run demo. ` +
        `(If process ${pid} is not a demo, delete ${file}.pid and start again.)`,
    )
    this.name = 'DatabaseInUseError'
  }
}

const hasCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code

/** Runs `operation`. Returns false when it fails with this code; other errors are thrown. */
const succeeds = (failureCode: string, operation: () => void): boolean => {
  try {
    operation()
    return true
  } catch (error) {
    if (hasCode(error, failureCode)) return false
    throw error
  }
}

const isAlive = (owner: string): boolean => {
  const pid = Number.parseInt(owner, 10)
  if (owner === self) return true
  if (!(pid > 0) || pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return hasCode(error, 'EPERM')
  }
}

/** Removes the pid file of a process that has ended. When several processes try at the same time, one succeeds. */
function removeStale(pidFile: string, owner: string): void {
  const moved = `${pidFile}.${process.pid}`
  if (!succeeds('ENOENT', () => renameSync(pidFile, moved))) return
  // Another process may have written its own pid file between the read and the rename: that one stays.
  if (readFileSync(moved, 'utf8') === owner) rmSync(moved)
  else renameSync(moved, pidFile)
}

/**
 * Locks a database file for this process. The returned function unlocks it.
 * @throws {DatabaseInUseError} while another process, or this one, has it locked
 */
export function lockDatabase(file: string): () => void {
  const pidFile = `${file}.pid`
  while (!succeeds('EEXIST', () => writeFileSync(pidFile, self, { flag: 'wx' }))) {
    let owner = ''
    if (!succeeds('ENOENT', () => (owner = readFileSync(pidFile, 'utf8')))) continue
    if (isAlive(owner)) throw new DatabaseInUseError(file, owner.split(' ')[0] ?? '')
    removeStale(pidFile, owner)
  }
  // No other process has the file open now, so an existing lock folder is stale.
  succeeds('ENOENT', () => rmdirSync(`${file}.lock`))
  return () => rmSync(pidFile, { force: true })
}
