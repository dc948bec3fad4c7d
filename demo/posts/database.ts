import { mkdirSync } from 'node:fs'
import path from 'node:path'
import sqlite, { type Database } from 'node-sqlite3-wasm'
import { lockDatabase } from './databaseLock.js'

const schema = `
  CREATE TABLE IF NOT EXISTS posts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    updatedAt INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
  ) STRICT`

export interface OpenDatabase {
  readonly db: Database
  readonly close: () => void
}

/**
 * Opens a SQLite file for this process alone and creates it where it is missing; `:memory:` is not stored.
 * The process may be killed at any time, also during a write. Afterwards every answered write is in the file, and every other
 * write is either complete or absent.
 * @throws {DatabaseInUseError} while another process uses the file
 * @throws SQLite's own error for a file that is not a database
 */
export function openDatabase(file: string): OpenDatabase {
  const isInMemory = file === ':memory:'
  if (!isInMemory) mkdirSync(path.dirname(path.resolve(file)), { recursive: true })
  const unlock = isInMemory ? () => {} : lockDatabase(file)
  let db: Database | undefined
  try {
    db = new sqlite.Database(file)
    // This build takes its own lock for that of a running process, so it never rolls back the journal of a process that was killed
    // during a write: the file would stay half written. A write-ahead log is not affected. Without shared memory it needs the
    // exclusive mode, which must be set first.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    db.exec(schema)
  } catch (error) {
    db?.close()
    unlock()
    throw error
  }
  const opened = db
  return {
    db: opened,
    close: () => {
      if (!opened.isOpen) return
      opened.close()
      unlock()
    },
  }
}
