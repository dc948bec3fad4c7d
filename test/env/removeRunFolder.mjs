import { rmSync } from 'node:fs'

/** Removes the folder of createRunFolder.mjs at the end of the run. */
export default function removeRunFolder() {
  rmSync(process.env.REDUPLEX_RUN_FOLDER, { recursive: true, force: true })
}
