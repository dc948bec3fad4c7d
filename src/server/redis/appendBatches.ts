import { Buffer } from 'node:buffer'
import type { StoredFrame, WriteAnswer } from '../session/sessionStore.js'
import type { ScriptArgument } from './script.js'

/** Collects the frames of one tick and session, which one script adds. */
export interface AppendBatches {
  readonly append: (hash: string, generation: number, frames: readonly StoredFrame[]) => Promise<WriteAnswer>
  /** Sends the frames of a session that wait. Called before every other command for it, so that nothing overtakes them. */
  readonly flush: (hash: string) => void
}

/** Sends frames with consecutive numbers. */
type SendFrames = (hash: string, generation: number, frames: readonly StoredFrame[]) => Promise<WriteAnswer>

interface Batch {
  readonly generation: number
  readonly frames: StoredFrame[]
  readonly answer: Promise<WriteAnswer>
  readonly send: () => void
}

/** The kind of a frame, and its bytes: what the stream of a session has. */
export const toFields = ({ frame }: StoredFrame): readonly [kind: string, frame: ScriptArgument] => {
  if (typeof frame === 'string') return ['t', frame]
  const bytes = ArrayBuffer.isView(frame) ? frame : new Uint8Array(frame)
  return ['b', Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)]
}

const createBatch = (batches: Map<string, Batch>, hash: string, generation: number, sendFrames: SendFrames): Batch => {
  const frames: StoredFrame[] = []
  let send: () => void = () => {}
  const answer = new Promise<WriteAnswer>((resolve, reject) => {
    send = () => {
      if (batches.get(hash) !== batch) return
      batches.delete(hash)
      sendFrames(hash, generation, frames).then(resolve, reject)
    }
  })
  const batch: Batch = { generation, frames, answer, send }
  batches.set(hash, batch)
  queueMicrotask(send)
  return batch
}

const isNext = ({ generation, frames }: Batch, ofGeneration: number, { number }: StoredFrame): boolean =>
  generation === ofGeneration && (frames.at(-1)?.number ?? number - 1) + 1 === number

/** Creates batches that `sendFrames` sends at the end of the tick. */
export const createAppendBatches = (sendFrames: SendFrames): AppendBatches => {
  const batches = new Map<string, Batch>()
  return {
    append: async (hash, generation, frames) => {
      let batch: Batch | undefined
      for (const frame of frames) {
        batch = batches.get(hash)
        if (batch && !isNext(batch, generation, frame)) batch.send()
        batch = batches.get(hash) ?? createBatch(batches, hash, generation, sendFrames)
        batch.frames.push(frame)
      }
      return (await batch?.answer) ?? 'ok'
    },
    flush: (hash) => batches.get(hash)?.send(),
  }
}
