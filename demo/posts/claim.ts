// Whose a database file is. node-sqlite3-wasm locks one by making a folder beside it, `posts.db.lock`, which a process that is
// killed leaves behind: every later start would find the file locked for ever. So the process that has the file notes who it is, and
// whoever finds the note of a process that has ended may take its place, lock and all.
import { readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'

/** Tells this process from an earlier one of the same id, which in a container is the rule. */
const self = `${process.pid} ${performance.timeOrigin}`

/** The file is another process's; `message` says whose, and what to do. */
class DatabaseInUseError extends Error {
  constructor(file: string, pid: string) {
    super(
      `${file} is in use by process ${pid}. End that one, or choose another file: POSTS_DB=other.db npm run demo. ` +
        `(Is process ${pid} no demo at all? Then delete ${file}.pid and start again.)`,
    )
    this.name = 'DatabaseInUseError'
  }
}

const hasCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code

/** Whether `act` was done; false when it failed with this code. */
const isDone = (code: string, act: () => void): boolean => {
  try {
    act()
    return true
  } catch (error) {
    if (hasCode(error, code)) return false
    throw error
  }
}

const isAlive = (note: string): boolean => {
  const pid = Number.parseInt(note, 10)
  if (note === self) return true
  if (!(pid > 0) || pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return hasCode(error, 'EPERM')
  }
}

/** Removes the note of a process that has ended. Of several that try at once, one does. */
function removeStale(note: string, found: string): void {
  const aside = `${note}.${process.pid}`
  if (!isDone('ENOENT', () => renameSync(note, aside))) return
  // Between reading and renaming, another process may have put its own note there: that one stays.
  if (readFileSync(aside, 'utf8') === found) rmSync(aside)
  else renameSync(aside, note)
}

/**
 * Claims a database file for this process; the function returned lets go of it.
 * @throws {DatabaseInUseError} while another process has it, or this one already
 */
export function claimDatabase(file: string): () => void {
  const note = `${file}.pid`
  while (!isDone('EEXIST', () => writeFileSync(note, self, { flag: 'wx' }))) {
    let found = ''
    if (!isDone('ENOENT', () => (found = readFileSync(note, 'utf8')))) continue
    if (isAlive(found)) throw new DatabaseInUseError(file, found.split(' ')[0] ?? '')
    removeStale(note, found)
  }
  // The claim is ours, so nobody has the file open: a lock is a dead one's.
  isDone('ENOENT', () => rmdirSync(`${file}.lock`))
  return () => rmSync(note, { force: true })
}
