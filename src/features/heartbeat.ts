import { timeoutClose } from '../connection/closeInfo.js'
import { startHeartbeat, type Heartbeat } from '../connection/heartbeat.js'
import type { Link } from '../connection/hooks.js'
import { createLedger } from '../connection/ledger.js'
import type { ReceivedFrame } from '../internal/bytes.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

const missedMessage = 'Expected the peer to answer the heartbeat in time ("heartbeat.timeout"); it was silent.'

const onMissed = (link: Link, hasAnswered: boolean) =>
  link.enqueue(() =>
    link.lose({
      problem: { code: 'heartbeat_missed', message: __DEV__ ? missedMessage : '' },
      close: timeoutClose(),
      delay: hasAnswered ? 0 : undefined,
      wasUnhealthy: !hasAnswered,
    }),
  )

/** Asks the peer whether it is there, and reports as `indeterminate` what was sent and is not proven to have arrived. */
export const heartbeatFeature: Feature<'heartbeat'> = {
  options: ['heartbeat'],
  order: order.heartbeat,
  create: ({ connection, guard, options }) => {
    const { heartbeat: given } = options
    if (!given) return undefined
    const { isReply } = given
    const guarded =
      typeof isReply === 'function'
        ? { isReply: (frame: ReceivedFrame) => guard('"heartbeat.isReply"', () => isReply(frame)) ?? false }
        : {}
    const { drop, note } = connection.events
    // Without questions there is no proof.
    const unconfirmed =
      given.message === false ? undefined : createLedger((ids, count) => drop('indeterminate', ids, count))
    let heartbeat: Heartbeat | undefined
    return {
      onReady: (link) => {
        heartbeat = startHeartbeat(
          { ...given, ...guarded },
          {
            send: link.send,
            mark: () => unconfirmed?.mark() ?? 0,
            proven: (mark) => unconfirmed?.proven(mark),
            measured: (latency) => note({ latency }),
            missed: (hasAnswered) => onMissed(link, hasAnswered),
          },
        )
      },
      onFrame: (frame) => heartbeat?.hear(frame) ?? false,
      onSent: (id) => unconfirmed?.sent(id),
      onDrained: () => heartbeat?.live(),
      onWake: () => heartbeat?.probe(),
      onLinkEnd: () => {
        heartbeat?.stop()
        heartbeat = undefined
      },
      onLost: (isConfirmed) => {
        if (isConfirmed) unconfirmed?.proven(unconfirmed.mark())
        unconfirmed?.lost()
      },
    }
  },
}
