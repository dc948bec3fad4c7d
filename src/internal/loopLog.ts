import { findTestValue, keepTestValue } from './clock.js'

// What a test knows about reconnect loops. `reduplex/testing` creates the log. Development only: `logLoop` is called under `__DEV__`.

/** The reconnect loops of the process. */
export interface LoopLog {
  /** How often a loop has started, or one of its methods was called. */
  loopSteps: number
  /** The loops that have lost their socket and wait for the next attempt. */
  readonly waiting: Set<object>
}

const findLog = (): LoopLog | undefined => findTestValue('loops') as LoopLog | undefined

/** Returns the log. The first call creates it. */
export const createLoopLog = (): LoopLog => {
  const log = findLog() ?? { loopSteps: 0, waiting: new Set() }
  keepTestValue('loops', log)
  return log
}

/**
 * Returns a loop that logs the calls of its methods, if there is a log.
 * @param lost the method that is called when the socket is lost @param ended the method that ends the loop
 */
export const logLoop = <Loop extends object>(loop: Loop, lost: () => void, ended: () => void): Loop => {
  const log = findLog()
  if (!log) return loop
  let isEnded = false
  const logged = Object.entries(loop as Record<string, () => void>).map(([name, method]) => {
    const call = (): void => {
      log.loopSteps++
      isEnded ||= method === ended
      if (method === lost && !isEnded) log.waiting.add(loop)
      else log.waiting.delete(loop)
      method()
    }
    return [name, call] as const
  })
  log.loopSteps++
  return Object.fromEntries(logged) as Loop
}
