import { timeoutClose } from '../connection/closeInfo.js'
import type { Link } from '../connection/hooks.js'
import { isFrame, type ReceivedFrame } from '../internal/bytes.js'
import { type Check } from '../internal/optionChecks.js'
import { checkGroup, checkMembers, isOptionsObject } from '../middleware/checkOptions.js'
import type { Feature } from '../middleware/feature.js'
import type { SocketMiddlewareOptions } from '../middleware/options.js'
import * as order from '../middleware/order.js'
import { startBeat, type Beat } from './beat.js'
import { heartbeatOptions } from './heartbeatOptions.js'

const loseSilent = (link: Link, hasAnswered: boolean): void =>
  link.enqueue(() =>
    link.lose({
      problem: {
        code: 'heartbeat_missed',
        message: __DEV__ ? 'The peer did not answer the heartbeat in time ("heartbeat.timeout").' : '',
      },
      close: timeoutClose(),
      // A peer that answered before is likely to be back at once; one that never did must not be asked in a fast loop.
      delay: hasAnswered ? 0 : undefined,
      wasUnhealthy: !hasAnswered,
    }),
  )

const moreThanZero: Check = ['a number of milliseconds, more than 0', (value) => typeof value === 'number' && value > 0]

const checkHeartbeat = ({ heartbeat }: SocketMiddlewareOptions): void => {
  checkGroup('heartbeat', heartbeat, {
    interval: moreThanZero,
    timeout: moreThanZero,
    message: [
      'a frame, a function or false',
      (value) => value === false || typeof value === 'function' || isFrame(value),
    ],
    reply: ['a string or a function', (value) => typeof value === 'string' || typeof value === 'function'],
  })
  checkMembers(
    { heartbeat },
    {
      heartbeat: [
        'an object with "interval" and "timeout" in milliseconds',
        (value) =>
          value === false ||
          (isOptionsObject(value) && value['interval'] !== undefined && value['timeout'] !== undefined),
      ],
    },
  )
}

/** Asks the peer whether it is there. Reports as `indeterminate` what was sent and is not proven to have arrived. See docs/options.md#heartbeat. */
export const heartbeatFeature: Feature<'heartbeat'> = {
  options: ['heartbeat'],
  order: order.heartbeat,
  check: __DEV__ ? checkHeartbeat : undefined,
  create: (context) => {
    if (!context.options.heartbeat) return undefined
    const { guard, connection, pipeline } = context
    const options = context.part(heartbeatOptions)
    const { note } = connection.events
    const { sends } = connection
    // Without questions there is no proof.
    sends.isProven = options.message !== false
    const peer = {}
    let beat: Beat | undefined
    const isAnswer = (frame: ReceivedFrame, message?: unknown) => beat?.onFrame(frame, message) === true
    return {
      onReady: (link) => {
        beat = startBeat(
          {
            options,
            guard,
            pipeline,
            peer,
            sends,
            onLatency: (latency) => note({ latency }),
            onMissed: (hasAnswered) => loseSilent(link, hasAnswered),
          },
          link,
        )
      },
      onFrame: isAnswer,
      onDecoded: isAnswer,
      onDrained: () => beat?.onDrained(),
      onWake: () => beat?.probe(),
      onLinkEnd: () => {
        beat?.stop()
        beat = undefined
      },
    }
  },
}
