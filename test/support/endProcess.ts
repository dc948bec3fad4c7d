import { once } from 'node:events'
import type { ChildProcess } from 'node:child_process'

/** Ends a process that is still running, and waits for its end. */
export const endProcess = async (running: ChildProcess | undefined): Promise<void> => {
  if (running?.exitCode !== null || running.signalCode !== null) return
  const ended = once(running, 'exit')
  running.kill('SIGTERM')
  await ended
}
