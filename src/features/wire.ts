import type { Link } from '../connection/hooks.js'
import { ignoreRejection } from '../internal/maybePromise.js'
import { codedError } from '../internal/errors.js'
import type { ConnectionContext, Pipeline } from '../middleware/feature.js'
import { earlyFrames } from './earlyFrames.js'
import { heartbeatOptions } from './heartbeatOptions.js'
import { stepScope } from './stepScope.js'
import { createValueSender } from './valueSender.js'

/** How a step between open and ready converts values. */
export interface ValueCodec {
  readonly toFrame: Pipeline['toFrame']
  readonly decode: Pipeline['decode']
  readonly check?: Pipeline['check']
}

/** Development only. */
const checkTimes = ({ options }: ConnectionContext, times: object): void => {
  const isTime = (value: unknown) => value === undefined || (typeof value === 'number' && value > 0)
  if (
    options.heartbeat &&
    Object.entries(times).every(([key, value]) => /^(interval|timeout)$/.test(key) && isTime(value))
  )
    return
  throw codedError(
    'invalid_option',
    options.heartbeat
      ? `setHeartbeat: expected "interval" and "timeout" in milliseconds, more than 0, got ${JSON.stringify(times)}.`
      : 'setHeartbeat: expected the option "heartbeat", got none. Give it, with the times to start with.',
  )
}

type Thunk = (dispatch: unknown, ...rest: unknown[]) => unknown

/** Runs a handshake. Resolves when everything that it sent was passed to the socket. */
export const runHandshake = async (
  handshake: (wire: never) => unknown,
  context: ConnectionContext,
  link: Link,
  { toFrame, decode, check }: ValueCodec,
): Promise<void> => {
  const frames = context.part(earlyFrames)
  const { send, sending } = createValueSender(link, toFrame)
  const receive = async (options: Parameters<typeof frames.receive>[0]): Promise<unknown> => {
    const message = await decode(await frames.receive(options))
    // A keep-alive is no message.
    return message === undefined ? receive(options) : check ? check(message) : message
  }
  const { reconnected, signal } = link
  const wire = context.store.contextWith({
    send,
    reconnected,
    signal,
    setHeartbeat: (times: { readonly interval?: number }) => {
      if (__DEV__) checkTimes(context, times)
      // The server may have given them, and must not make the client ask without a pause.
      if (!(times.interval! <= 0)) Object.assign(context.part(heartbeatOptions), times)
    },
    receive: (options?: { readonly signal?: AbortSignal | undefined }): Promise<unknown> => {
      const message = receive(options)
      // A handshake may ignore what it asked for.
      ignoreRejection(message)
      return message
    },
  })
  const { dispatch } = wire
  const scope = context.part(stepScope)
  let current: Link | undefined = link
  /** A thunk gets this function too: its requests go out at once, also those that it dispatches later. */
  const dispatchInStep = (action: unknown): unknown => {
    scope.link = signal.aborted ? undefined : current
    try {
      return dispatch(
        (typeof action === 'function'
          ? (_dispatch: never, getState: never, extra: never) => (action as Thunk)(dispatchInStep, getState, extra)
          : action) as never,
      )
    } finally {
      scope.link = undefined
    }
  }
  await handshake(Object.assign(wire, { dispatch: dispatchInStep }) as never)
  current = undefined
  await Promise.all(sending)
}
