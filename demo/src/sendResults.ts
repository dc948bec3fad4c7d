/** What `dispatch(socketSend())` returns, as far as the page tells it. */
export interface SendResult {
  readonly delivery: 'sent' | 'queued' | 'dropped'
  readonly reason?: string
}

const reasons: Readonly<Record<string, string>> = {
  overflow: 'the queue is full',
  expired: 'it waited too long',
  closed: 'the connection is closed for good; connect first',
  offline: 'there is no connection, and it was not to wait for one',
  too_large: 'it is larger than the queue may be',
  invalid: 'the codec does not take it',
  replaced: 'it was meant for another address',
  indeterminate: 'the connection broke before the server had confirmed it',
}

/** A reason for a drop, in words. */
export const describeReason = (reason: string): string => reasons[reason] ?? reason

const texts = {
  sent: 'handed to the socket',
  queued: 'goes out when the connection opens',
}

/** “Sent: handed to the socket”, or for several “10 sent, 2 dropped (overflow: the queue is full)”. */
export function describeResults(results: readonly SendResult[]): string {
  const [first] = results
  if (!first) return ''
  if (results.length === 1) {
    if (first.delivery !== 'dropped') return `${capitalize(first.delivery)}: ${texts[first.delivery]}.`
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
