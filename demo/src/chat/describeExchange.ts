import { formatBytes } from '../format.js'
import type { Exchange } from './chatSlice.js'
import { chats } from './connections.js'

/** “JSON 58 B, CBOR 38 B, MessagePack 37 B. All three echoes equal the message.” JSON cannot encode bytes inside an object. */
export function describeExchange({ sent, echoes }: Exchange): string {
  const sizes = chats.map(({ format, label }) => {
    const { frame } = sent[format]
    return `${label} ${frame ? formatBytes(frame.bytes.length) : 'cannot encode it'}`
  })
  const received = chats.filter(({ format }) => echoes[format])
  const changed = received.filter(({ format }) => !echoes[format]?.isEqual).map(({ label }) => label)
  const encoded = chats.filter(({ format }) => sent[format].frame).length
  return `${sizes.join(', ')}. ${describeEchoes(received.length, encoded, changed)}`
}

function describeEchoes(received: number, encoded: number, changed: readonly string[]): string {
  if (received < encoded) return `${received} of ${encoded} echoes received.`
  if (changed.length > 0) return `The echo in ${changed.join(' and ')} differs from the message.`
  return encoded === chats.length ? 'All three echoes equal the message.' : 'The other echoes equal the message.'
}
