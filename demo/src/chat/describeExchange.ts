import { formatBytes } from '../format.js'
import type { Exchange } from './chatSlice.js'
import { chats } from './connections.js'

/** “JSON 58 B, CBOR 38 B, MessagePack 37 B. All three came back the same.” */
export function describeExchange({ sent, answers }: Exchange): string {
  const sizes = chats.map(({ format, label }) => {
    const { frame } = sent[format]
    return `${label} ${frame ? formatBytes(frame.bytes.length) : 'refused it'}`
  })
  const back = chats.filter(({ format }) => answers[format])
  const changed = back.filter(({ format }) => !answers[format]?.isSame).map(({ label }) => label)
  return `${sizes.join(', ')}. ${describeAnswers(back.length, changed)}`
}

function describeAnswers(back: number, changed: readonly string[]): string {
  if (back < chats.length) return `${back} of ${chats.length} came back so far.`
  return changed.length === 0
    ? 'All three came back the same.'
    : `What ${changed.join(' and ')} brought back is changed.`
}
