/** The part of the result of `dispatch(socketSend())` that the page shows. */
export interface SendResult {
  readonly delivery: 'sent' | 'queued' | 'dropped'
  readonly reason?: string
}

const reasons: Readonly<Record<string, string>> = {
  overflow: 'the queue is full',
  expired: 'it was queued for too long',
  closed: 'the connection is closed; connect first',
  offline: 'not connected, and “When offline” is “Drop”',
  too_large: 'it is larger than the limit of the queue',
  invalid: 'the codec cannot encode it',
  replaced: 'the connection has another address now',
  indeterminate: 'the connection was lost before the server confirmed it',
}

/** The reason for a drop as a phrase. */
export const describeReason = (reason: string): string => reasons[reason] ?? reason

const deliveries = {
  sent: 'passed to the WebSocket',
  queued: 'sent when the connection opens',
}

/** “Sent: passed to the WebSocket.”; for several results “10 sent, 2 dropped (overflow: the queue is full).” */
export function describeSendResults(results: readonly SendResult[]): string {
  const [first] = results
  if (!first) return ''
  if (results.length === 1) {
    if (first.delivery !== 'dropped') return `${capitalize(first.delivery)}: ${deliveries[first.delivery]}.`
    return `Dropped (${first.reason ?? 'no reason'}): ${describeReason(first.reason ?? '')}.`
  }
  const counts = new Map<string, number>()
  for (const { delivery, reason } of results) {
    const kind = reason === undefined ? delivery : `${delivery} (${reason}: ${describeReason(reason)})`
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return `${[...counts].map(([kind, count]) => `${count} ${kind}`).join(', ')}.`
}

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
