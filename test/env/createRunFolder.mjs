import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Creates a folder for what the test files of one run of Jest share. The workers get its path from the environment. */
export default function createRunFolder() {
  process.env.REDUPLEX_RUN_FOLDER = mkdtempSync(path.join(tmpdir(), 'reduplex-run-'))
}
