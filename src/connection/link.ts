import { messageOf } from '../internal/errors.js'
import { isPromiseLike, type MaybePromise } from '../internal/maybePromise.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import { closeWithout } from './closeInfo.js'
import type { Link, Loss } from './hooks.js'
import { stepProblem } from './reconnectPolicy.js'
import type { WebSocketLike } from './types.js'
import { sendFrame } from './writer.js'

/** A link and the function that ends it, which only the connection has. */
export interface OwnedLink extends Link {
  readonly end: () => void
}

/** Creates the link of an open socket. */
export const createLink = (
  socket: WebSocketLike,
  reconnected: boolean,
  { enqueue }: TaskQueue,
  lose: (loss: Loss) => void,
): OwnedLink => {
  const abort = new AbortController()
  const { signal } = abort
  return {
    socket,
    reconnected,
    signal,
    send: (frame) => sendFrame(socket, frame),
    enqueue: (task) => enqueue(() => signal.aborted || task()),
    lose: (loss) => signal.aborted || lose(loss),
    end: () => abort.abort(),
  }
}

/** Runs the steps between open and ready, then `onReady`. Stays synchronous as long as the steps are. */
export const runSteps = (
  steps: readonly ((link: Link) => MaybePromise<unknown>)[],
  link: Link,
  onReady: () => void,
): void => {
  const [step, ...rest] = steps
  if (!step) return onReady()
  const fail = (error: unknown) =>
    link.enqueue(() => link.lose({ problem: stepProblem(error, messageOf(error)), close: closeWithout('abandoned') }))
  let result
  try {
    result = step(link)
  } catch (error) {
    return fail(error)
  }
  if (!isPromiseLike(result)) return runSteps(rest, link, onReady)
  result.then(() => link.enqueue(() => runSteps(rest, link, onReady)), fail)
}
