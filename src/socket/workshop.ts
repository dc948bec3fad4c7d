import { byteLength, ownCopy, type Frame } from '../internal/bytes.js'
import { after, now, type Cancel } from '../internal/clock.js'
import type { Problem } from '../internal/errors.js'
import { isPending, type Eventual } from '../internal/lane.js'
import type { Turns } from '../internal/turns.js'
import type { Waiting } from './outbox.js'
import type { Delivery, DropReason, Outgoing, QueueOptions } from './types.js'

/** Sends that may be here at one time, where there is no queue to say it. */
const MAX_PIECES = 1_000

interface Piece {
  readonly options: Outgoing
  readonly expiresAt: number
  readonly stopExpiry: Cancel
  /** `undefined` while it is being made. */
  frame: Frame | undefined
  /** What it is being made by; another making has taken the place of an earlier one. */
  making?: PromiseLike<Frame>
}

/** What a workshop does with what it has. */
export interface WorkshopHooks {
  /** Passes a finished message on, as if it had been sent now. */
  readonly deliver: (frame: Frame, options: Outgoing, expiresAt: number) => void
  readonly drop: (reason: DropReason, ids: readonly string[]) => void
  /** A message could not be made. */
  readonly failed: (problem: Problem) => void
  /** Its size has changed. */
  readonly changed: () => void
}

/** Sends that an async schema or codec is still making, and those behind them: each keeps its place, whether or not there is a connection. */
export interface Workshop {
  readonly size: () => number
  readonly take: (frame: Eventual<Frame>, options: Outgoing, expiresAt: number) => Delivery
  /** Takes one out, unreported; whether it was here. Those behind it may go. */
  readonly withdraw: (id: string) => boolean
  /** The ids of what is here. */
  readonly ids: () => readonly string[]
  /** Makes anew what is here, and before it what has waited elsewhere, for a socket that speaks another codec. */
  readonly remake: (before: readonly Waiting[]) => void
  readonly clear: (reason: DropReason) => void
}

/** Creates it. */
export const createWorkshop = (
  { maxMessages, maxBytes, overflow }: Omit<Required<QueueOptions>, 'ttl' | 'highWaterMark'>,
  turns: Turns,
  { deliver, drop, failed, changed }: WorkshopHooks,
): Workshop => {
  let line: Piece[] = []

  /** Whether what is made and waits is more than the queue may hold, with one more. What goes alone may be larger, as what goes at once. */
  const isOverfull = (frame: Eventual<Frame>) => {
    const waiting = line.reduce((sum, piece) => sum + (piece.frame === undefined ? 0 : byteLength(piece.frame)), 0)
    return waiting > 0 && waiting + (isPending(frame) ? 0 : byteLength(frame)) > maxBytes
  }
  const advance = () => {
    for (let first = line[0]; first?.frame !== undefined; first = line[0]) {
      line.shift()
      first.stopExpiry()
      deliver(first.frame, first.options, first.expiresAt)
    }
    changed()
  }
  const leave = (piece: Piece, reason?: DropReason) => {
    if (!line.includes(piece)) return
    line = line.filter((other) => other !== piece)
    piece.stopExpiry()
    if (reason) drop(reason, [piece.options.id])
    advance()
  }
  const spoil = (piece: Piece, problem: Problem) => {
    if (line.includes(piece)) failed(problem)
    leave(piece, 'invalid')
  }
  const make = (piece: Piece, making: PromiseLike<Frame>) => {
    piece.making = making
    const ifCurrent = (task: () => void) => turns.queue(() => piece.making === making && task())
    making.then(
      (frame) =>
        ifCurrent(() => {
          piece.frame = frame
          advance()
        }),
      (problem: Problem) => ifCurrent(() => spoil(piece, problem)),
    )
  }
  const createPiece = (options: Outgoing, expiresAt: number, frame?: Frame): Piece => {
    const stopExpiry = after(expiresAt - now(), () => turns.queue(() => leave(piece, 'expired')))
    const piece: Piece = { options, expiresAt, stopExpiry, frame }
    return piece
  }
  const remakeOne = (piece: Piece) => {
    try {
      const made = piece.options.remake!()
      if (isPending(made)) return make(piece, made)
      delete piece.making
      piece.frame = made
    } catch (problem) {
      spoil(piece, problem as Problem)
    }
  }
  return {
    size: () => line.length,
    take: (frame, options, expiresAt) => {
      const isFull = line.length >= (maxMessages || MAX_PIECES) || isOverfull(frame)
      if (isFull && overflow === 'drop-newest') {
        drop('overflow', [options.id])
        return { delivery: 'dropped', reason: 'overflow' }
      }
      const piece = createPiece(options, expiresAt, isPending(frame) ? undefined : ownCopy(frame))
      line.push(piece)
      if (isPending(frame)) make(piece, frame)
      changed()
      if (isFull) leave(line[0]!, 'overflow')
      return { delivery: 'queued' }
    },
    withdraw: (id) => {
      const piece = line.find(({ options }) => options.id === id)
      if (piece) leave(piece)
      return piece !== undefined
    },
    ids: () => line.map(({ options }) => options.id),
    remake: (before) => {
      line = [...before.map(({ expiresAt, frame, ...options }) => createPiece(options, expiresAt, frame)), ...line]
      const stale = line.filter(({ options }) => options.remake)
      // All of them first: none may go out as it was.
      for (const piece of stale) piece.frame = undefined
      for (const piece of stale) remakeOne(piece)
      advance()
    },
    clear: (reason) => {
      const cleared = line
      line = []
      for (const piece of cleared) piece.stopExpiry()
      if (!cleared.length) return
      changed()
      drop(
        reason,
        cleared.map(({ options }) => options.id),
      )
    },
  }
}
