import { messageOf } from '../internal/errors.js'
import type { Hook } from '../internal/hookLists.js'
import { isPromiseLike, type MaybePromise } from '../internal/maybePromise.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import type { Link, Loss } from './hooks.js'
import { closeWithout } from './closeInfo.js'
import { stepProblem } from './reconnectPolicy.js'
import type { WebSocketLike } from './types.js'

type Step = Hook<(link: Link) => MaybePromise<unknown>>

/** A link, and how the connection ends it. */
export interface OwnLink extends Link {
  readonly end: () => void
}

/** Creates the link of an open socket. */
export const createLink = (
  socket: WebSocketLike,
  reconnected: boolean,
  { enqueue }: TaskQueue,
  lose: (loss: Loss) => void,
): OwnLink => {
  const abort = new AbortController()
  const { signal } = abort
  return {
    socket,
    reconnected,
    signal,
    send: (frame) => socket.send(frame),
    enqueue: (task) => enqueue(() => signal.aborted || task()),
    lose: (loss) => signal.aborted || lose(loss),
    end: () => abort.abort(),
  }
}

/** Runs the steps between open and ready, then `onReady`; synchronously for as long as the steps are synchronous. */
export const runSteps = (steps: readonly Step[], link: Link, onReady: () => void): void => {
  const [step, ...rest] = steps
  if (!step) return onReady()
  const result = step.call(link)
  if (!isPromiseLike(result)) return runSteps(rest, link, onReady)
  result.then(
    () => link.enqueue(() => runSteps(rest, link, onReady)),
    (error: unknown) =>
      link.enqueue(() =>
        link.lose({ problem: stepProblem(error, messageOf(error)), close: closeWithout('abandoned') }),
      ),
  )
}
