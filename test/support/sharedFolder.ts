import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'

/**
 * A folder that is filled once in a run of Jest and shared by the test files of all workers, which must not change it. `fill` gets an
 * empty folder. Two workers that begin at the same time both fill one; the first to finish provides it.
 */
export const sharedFolder = (name: string, fill: (folder: string) => void): string => {
  const runFolder = process.env['REDUPLEX_RUN_FOLDER']
  if (runFolder === undefined)
    throw new Error('REDUPLEX_RUN_FOLDER is not set: Jest must run test/env/createRunFolder.mjs')
  const shared = path.join(runFolder, name)
  if (existsSync(shared)) return shared
  const filled = mkdtempSync(`${shared}-`)
  try {
    fill(filled)
    renameSync(filled, shared)
  } catch (error) {
    rmSync(filled, { recursive: true, force: true })
    if (!existsSync(shared)) throw error
  }
  return shared
}
