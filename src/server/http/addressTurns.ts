import { after, type Cancel } from '../../internal/clock.js'
import { createSlots, type Slots } from '../slots.js'

/** Runs a task for an address, after others of that address. */
export type InTurn = <Result>(network: string, task: () => Promise<Result>) => Promise<Result>

/** A task that takes longer no longer keeps the others of its address from running: it may never end. */
const MAX_TASK_MS = 60_000

/** Settles with the task, or after `ms`. */
const endOf = async (task: Promise<unknown>, ms: number): Promise<void> => {
  let cancel: Cancel = () => {}
  const timeout = new Promise<void>((resolve) => {
    cancel = after(ms, resolve, true)
  })
  await Promise.race([task.then(undefined, () => {}), timeout])
  cancel()
}

/** Creates the turns of all addresses, with `count` tasks of one at a time. */
export const createAddressTurns = (count: number): InTurn => {
  const byNetwork = new Map<string, Slots>()
  return async (network, task) => {
    const slots = byNetwork.get(network) ?? createSlots(count)
    byNetwork.set(network, slots)
    return await new Promise((resolve, reject) => {
      const run = async (): Promise<void> => {
        const result = task()
        result.then(resolve, reject)
        await endOf(result, MAX_TASK_MS)
      }
      void slots.run(run).then(() => {
        if (slots.isEmpty() && byNetwork.get(network) === slots) byNetwork.delete(network)
      })
    })
  }
}
