import { formatBytes } from '../format.js'
import type { Exchange } from './chatSlice.js'
import { chats } from './connections.js'

/** “JSON 58 B, CBOR 38 B, MessagePack 37 B. All three echoes equal the message.” */
export function describeExchange({ sent, echoes }: Exchange): string {
  const sizes = chats.map(({ format, label }) => {
    const { frame } = sent[format]
    return `${label} ${frame ? formatBytes(frame.bytes.length) : 'cannot encode it'}`
  })
  const received = chats.filter(({ format }) => echoes[format])
  const changed = received.filter(({ format }) => !echoes[format]?.isEqual).map(({ label }) => label)
  return `${sizes.join(', ')}. ${describeEchoes(received.length, changed)}`
}

function describeEchoes(received: number, changed: readonly string[]): string {
  if (received < chats.length) return `${received} of ${chats.length} echoes received.`
  return changed.length === 0
    ? 'All three echoes equal the message.'
    : `The echo in ${changed.join(' and ')} differs from the message.`
}
