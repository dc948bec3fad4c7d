import { mkdirSync } from 'node:fs'
import path from 'node:path'
import sqlite, { type Database } from 'node-sqlite3-wasm'
import { claimDatabase } from './claim.js'

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
 * Opens a SQLite file for this process alone, and makes it and its table where they are missing; `:memory:` is kept nowhere.
 * A process may be killed at any time, also within a write: what was answered is there, what was not is there whole or not at all.
 * @throws {DatabaseInUseError} while another process has it; what SQLite says of a file that is none of its own
 */
export function openDatabase(file: string): OpenDatabase {
  const isInMemory = file === ':memory:'
  if (!isInMemory) mkdirSync(path.dirname(path.resolve(file)), { recursive: true })
  const release = isInMemory ? () => {} : claimDatabase(file)
  let db: Database | undefined
  try {
    db = new sqlite.Database(file)
    // This build takes its own lock for that of a running process, and so never rolls back the journal of one that was killed within
    // a write: the file would stay half written. A write-ahead log is not affected; without shared memory it needs the exclusive mode, set first.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    db.exec(schema)
  } catch (error) {
    db?.close()
    release()
    throw error
  }
  const opened = db
  return {
    db: opened,
    close: () => {
      if (!opened.isOpen) return
      opened.close()
      release()
    },
  }
}
