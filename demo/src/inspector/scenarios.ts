import { selectIsOpen, socketConnect, socketSend } from '../../../src/index.js'
import { runFault, type FaultName } from '../faults.js'
import type { AppDispatch, RootState } from '../store.js'

/** One step: a fault of the server, messages of this page, a wait, or messages until the connection is open again. Times are milliseconds. */
type Step =
  | { readonly fault: FaultName; readonly options?: object }
  | { readonly send: number; readonly bytes?: number }
  | { readonly wait: number }
  | { readonly untilOpen: number }

/** A story that a connection may go through. */
export interface Scenario {
  /** The last part of its link, `#inspector/<name>`. */
  readonly name: string
  readonly label: string
  /** What happens, and what to look at. */
  readonly hint: string
  readonly steps: readonly Step[]
}

const repeat = (times: number, ...steps: readonly Step[]): readonly Step[] =>
  Array.from({ length: times }, () => steps).flat()

/** A message each 500 ms. */
const talk = (times: number) => repeat(times, { send: 1 }, { wait: 500 })

export const scenarios: readonly Scenario[] = [
  {
    name: 'tunnel',
    label: 'Train tunnel',
    hint: 'silence, then retries',
    steps: [
      ...talk(3),
      { fault: 'freeze' },
      ...talk(4),
      { fault: 'refuse', options: { seconds: 6 } },
      { fault: 'drop' },
      { fault: 'unfreeze' },
      { untilOpen: 20_000 },
      ...talk(4),
    ],
  },
  {
    name: 'deploy',
    label: 'Server deploy',
    hint: '1012, away for 3 s',
    steps: [
      ...talk(2),
      { fault: 'refuse', options: { seconds: 3 } },
      { fault: 'close', options: { code: 1012, reason: 'deploy' } },
      { untilOpen: 20_000 },
      ...talk(4),
    ],
  },
  {
    name: 'slow-reader',
    label: 'Slow reader',
    hint: 'the queue fills',
    steps: [
      { fault: 'slow' },
      ...repeat(40, { send: 10, bytes: 64_000 }, { wait: 100 }),
      { fault: 'fast' },
      { wait: 1_000 },
    ],
  },
  {
    name: 'token-expiry',
    label: 'Token expiry',
    hint: '4401, a new token',
    steps: [...talk(2), { fault: 'close', options: { code: 4401, reason: 'token expired' } }, ...talk(4)],
  },
  {
    name: 'malformed',
    label: 'Malformed frames',
    hint: 'errors, still open',
    steps: [...repeat(5, { fault: 'malformed' }, { send: 1 }, { wait: 300 })],
  },
  {
    name: 'burst',
    label: 'Burst of 10,000',
    hint: 'at once',
    steps: [{ fault: 'burst', options: { count: 10_000 } }, { wait: 1_000 }],
  },
  {
    name: 'stream',
    label: '1,000 messages/s',
    hint: 'for 10 s',
    steps: [{ fault: 'stream', options: { perSecond: 1_000, seconds: 10 } }, { wait: 10_000 }],
  },
]

const sleep = async (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })

/** Sends a message each 500 ms until the connection is open, or the time is over. */
const talkUntilOpen =
  (milliseconds: number, signal: AbortSignal) =>
  async (dispatch: AppDispatch, getState: () => RootState): Promise<void> => {
    for (let left = milliseconds; left > 0 && !signal.aborted; left -= 500) {
      dispatch(socketSend({ type: 'scenario/said', payload: 'are you there?' }))
      await sleep(500, signal)
      if (selectIsOpen(getState())) return
    }
  }

/** A step that the connection's loss has made impossible is left out: the story goes on. */
async function runStep(step: Step, dispatch: AppDispatch, signal: AbortSignal): Promise<void> {
  if ('fault' in step) await runFault(step.fault, step.options)
  else if ('wait' in step) await sleep(step.wait, signal)
  else if ('untilOpen' in step) await dispatch(talkUntilOpen(step.untilOpen, signal))
  else {
    const { send, bytes } = step
    const payload = bytes === undefined ? 'hello' : 'x'.repeat(bytes)
    for (let count = 0; count < send; count += 1) dispatch(socketSend({ type: 'scenario/said', payload }))
  }
}

/** Ends the faults that last. */
const restore = async () => {
  await runFault('unfreeze')
  await runFault('fast')
  await runFault('refuse', { seconds: 0 })
}

/** Runs a scenario on an open connection. Rejects when the server cannot be reached; an abort ends it early. The server has no fault afterwards. */
export async function runScenario({ steps }: Scenario, dispatch: AppDispatch, signal: AbortSignal): Promise<void> {
  try {
    await dispatch(socketConnect())
    for (const step of steps) {
      if (signal.aborted) return
      await runStep(step, dispatch, signal)
    }
  } finally {
    await restore().catch(() => undefined)
  }
}
