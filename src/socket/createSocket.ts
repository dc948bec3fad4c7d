import type { Frame } from '../internal/bytes.js'
import { after, now } from '../internal/clock.js'
import { messageOf, type Problem } from '../internal/errors.js'
import type { Turns } from '../internal/turns.js'
import { createChanges } from './changes.js'
import { redact, resolveTarget, type Target } from './endpoint.js'
import { transition, type LifecycleEvent, type Phase } from './lifecycle.js'
import { CLOSING, letGo, OPEN, openNative, type NativeListener } from './native.js'
import { createOutbox } from './outbox.js'
import { createRedial, type Redial } from './redial.js'
import type {
  Address,
  AttemptContext,
  CloseInfo,
  ConnectOutcome,
  Delivery,
  DropReason,
  Socket,
  SocketConfig,
  WebSocketLike,
} from './types.js'
import { judge, type Verdict } from './verdict.js'

/** One attempt and the socket it leads to. Its identity is the generation: what belongs to another one changes nothing. */
interface Attempt {
  readonly abort: AbortController
  target?: Target
  native?: WebSocketLike
  readyAt?: number
}

const sent: Delivery = { delivery: 'sent' }
const dropped = (reason: DropReason): Delivery => ({ delivery: 'dropped', reason })
const happens = { closed: 'end', failed: 'fail', reconnecting: 'lost' } as const

/** The end of a socket of which the network said nothing. */
const unheard = (cause: NonNullable<CloseInfo['cause']>): CloseInfo => ({
  code: null,
  reason: '',
  wasClean: false,
  at: now(),
  cause,
})

/** A part of an address as text, to tell whether two are the same. */
const spell = (part: unknown): string =>
  typeof part === 'object' && part && !(part instanceof URL) ? Object.entries(part).join('&') : String(part)

/** Creates one connection. State is changed before anything is emitted; what a listener commands is served after the event. */
export const createSocket = (config: SocketConfig, turns: Turns): Socket => {
  const { emit } = config
  const { minUptime } = config.reconnect
  let phase: Phase = 'idle'
  let address = config.address
  let current: Attempt | undefined
  let redial: Redial | undefined
  let retries = 0
  let reason: AttemptContext['reason'] = 'connect'
  let hasRefreshed = false
  let hasOpened = false
  let lastClose: CloseInfo | null = null
  /** Ends the one wait there can be: for the next attempt, for this one to succeed, or for the peer to say goodbye. */
  let stopWaiting = () => {}
  let waiting: ((outcome: ConnectOutcome) => void)[] = []
  let closing: ((outcome: 'closed') => void)[] = []

  const move = (event: LifecycleEvent) => (phase = transition(phase, event))
  const isOver = () => phase === 'idle' || phase === 'closed' || phase === 'failed'
  const wait = (ms: number, task: () => void) => {
    stopWaiting()
    stopWaiting = after(ms, () => turns.queue(task))
  }
  /** Tells the commands that wait how it went. */
  const settle = (outcome: ConnectOutcome) => {
    for (const resolve of waiting.splice(0)) resolve(outcome)
    if (phase !== 'closing') for (const resolve of closing.splice(0)) resolve('closed')
  }

  const changes = createChanges((patch) => turns.queue(() => emit('changed', patch)))
  const drop = (why: DropReason, ids: readonly string[]) =>
    turns.queue(() => emit('dropped', { reason: why, ids, count: ids.length }))
  const outbox = createOutbox(config.queue, drop, (queued) => changes.note({ queued }))

  /** Gives the current attempt up; nothing that it still does is heard. */
  const abandon = (goodbye = false): Attempt | undefined => {
    const attempt = current
    current = undefined
    stopWaiting()
    attempt?.abort.abort()
    if (attempt?.native) letGo(attempt.native, goodbye)
    return attempt
  }

  /** The attempt has failed or its socket is gone: decides what follows, does it, then tells. */
  const lose = (close?: CloseInfo, problem?: Problem, isFinal = false) => {
    const { readyAt } = current!
    if (readyAt !== undefined && now() - readyAt >= minUptime) {
      retries = 0
      hasRefreshed = false
    }
    const verdict: Verdict =
      isFinal && problem
        ? { next: 'failed', problem }
        : judge(config, {
            close: close ?? unheard('abandoned'),
            opened: readyAt !== undefined,
            attempt: retries + 1,
            canRefresh: !hasRefreshed && Object.values(address).some((part) => typeof part === 'function'),
          })
    abandon()
    lastClose = close ?? lastClose
    move(happens[verdict.next])
    if (problem && !isFinal) emit('error', problem)
    if (close) emit('closed', { ...close, next: verdict.next })
    if (verdict.next === 'reconnecting') retry(verdict)
    else giveUp(verdict)
    settle(verdict.next)
  }

  const retry = ({ delay, refresh }: Extract<Verdict, { next: 'reconnecting' }>) => {
    retries++
    reason = refresh ? 'refresh' : 'retry'
    hasRefreshed ||= refresh
    wait(delay, begin)
    redial?.lost()
    emit('reconnecting', { attempt: retries, delay, retryAt: delay === Infinity ? null : now() + delay })
  }

  const giveUp = (verdict: Exclude<Verdict, { next: 'reconnecting' }>) => {
    redial?.stop()
    if (verdict.next === 'failed') emit('failed', verdict.problem)
    outbox.clear('closed')
  }

  /** The end that was asked for. */
  const finish = (close: CloseInfo) => {
    abandon()
    redial?.stop()
    lastClose = close
    move('end')
    emit('closed', { ...close, next: 'closed' })
    outbox.clear('closed')
    settle('closed')
  }

  /** The gate is open: asks for the address, then lets the loop dial it. */
  const begin = () => {
    const attempt: Attempt = (current = { abort: new AbortController() })
    const hear = (task: () => void) => turns.queue(() => attempt === current && task())
    wait(config.connectTimeout, () => {
      const message = `Expected the connection to be ready within ${config.connectTimeout} ms ("connectTimeout"); it was not.`
      lose(attempt.native && unheard('timeout'), { code: 'connect_timeout', message })
    })
    const context = { attempt: retries, reason, lastClose, signal: attempt.abort.signal }
    void resolveTarget(address, context).then(
      (target) =>
        hear(() => {
          attempt.target = target
          redial?.go()
        }),
      ({ code, message }: Problem) =>
        hear(() => lose(undefined, { code, message }, code === 'invalid_url' && typeof address.url !== 'function')),
    )
  }

  /** The loop came through the gate. */
  const dial = () => {
    const attempt = current
    // For an attempt that is over: send it round.
    if (!attempt?.target || attempt.native) return redial?.lost()
    move('dial')
    emit('connecting', { attempt: retries, url: redact(attempt.target.url) })
    try {
      const hear = (task: () => void) => turns.queue(() => attempt === current && task())
      attempt.native = openNative(config.WebSocket(), attempt.target, hear, listenerOf(attempt))
    } catch (error) {
      const { code = 'connection_failed' } = error as { code?: string }
      lose(undefined, { code, message: messageOf(error) }, code === 'no_websocket')
    }
  }

  const listenerOf = (attempt: Attempt): NativeListener => ({
    open: () => open(attempt),
    message: (frame) => {
      if (phase === 'open') config.receive(frame)
    },
    error: (message = 'the runtime gives no details') => {
      const code = attempt.readyAt === undefined ? 'connection_failed' : 'connection_error'
      emit('error', { code, message: `The WebSocket reported an error: ${message}.` })
    },
    close: ({ code, reason: said, wasClean }) => {
      const close = { code, reason: said, wasClean, at: now() }
      if (phase === 'closing') finish(close)
      else lose(close)
    },
  })

  const open = (attempt: Attempt) => {
    const reconnected = hasOpened
    const { native, target } = attempt
    if (phase === 'closing' || !native || !target) return
    hasOpened = true
    attempt.readyAt = now()
    stopWaiting()
    move('open')
    redial?.opened()
    emit('opened', { url: redact(target.url), protocol: native.protocol, reconnected, at: attempt.readyAt })
    settle('open')
    outbox.flush(hand)
    config.ready(reconnected)
  }

  /** Starts anew, whatever there is. */
  const renew = () => {
    if (isOver()) hasOpened = false
    retries = 0
    hasRefreshed = false
    reason = 'connect'
    redial?.stop()
    const given = abandon(true)
    move(given?.native ? 'replace' : 'connect')
    if (given?.native) {
      lastClose = unheard('replaced')
      emit('closed', { ...lastClose, next: 'connecting' })
    }
    for (const resolve of closing.splice(0)) resolve('closed')
    redial = createRedial(() => turns.queue(dial))
    begin()
  }

  /** Takes a new address; what waits for another one is dropped. Whether it is new. */
  const readdress = (given: Address, keepQueue: boolean): boolean => {
    const differs = (key: keyof Address) => given[key] !== undefined && spell(given[key]) !== spell(address[key])
    const elsewhere = differs('url') || differs('path')
    const moved = elsewhere || differs('params') || differs('protocols')
    if (elsewhere && !keepQueue && redial) outbox.clear('replaced')
    address = { ...address, ...given }
    return moved
  }

  /** Hands a message to the socket, if that is open. */
  const hand = (id: string, frame: Frame): Delivery | undefined => {
    const native = current?.native
    if (phase !== 'open' || native?.readyState !== OPEN) return undefined
    try {
      native.send(frame)
      return sent
    } catch (error) {
      turns.queue(() =>
        emit('error', { code: 'encode_failed', message: `The WebSocket refused a message: ${messageOf(error)}` }),
      )
      drop('invalid', [id])
      return dropped('invalid')
    }
  }

  return {
    phase: () => phase,
    connect: (given = {}, keepQueue = false) =>
      new Promise((resolve) => {
        const moved = readdress(given, keepQueue)
        if (phase === 'open' && !moved) return resolve('open')
        waiting.push(resolve)
        if (moved || phase === 'closing' || isOver()) renew()
        else if (!current) begin()
      }),
    reconnect: () =>
      new Promise((resolve) => {
        waiting.push(resolve)
        if (phase !== 'reconnecting') renew()
        else if (!current) begin()
      }),
    close: (code, why) =>
      new Promise((resolve) => {
        closing.push(resolve)
        if (phase === 'closing') return
        const wasOver = isOver()
        move('close')
        if (wasOver) {
          outbox.clear('closed')
          return settle('closed')
        }
        redial?.stop()
        const native = current?.native
        if (!native || (native.readyState !== OPEN && native.readyState !== CLOSING))
          return finish(unheard('abandoned'))
        wait(config.closeTimeout, () => finish(unheard('timeout')))
        outbox.clear('closed')
        settle('closed')
        try {
          native.close(code, why)
        } catch {
          finish(unheard('abandoned'))
        }
      }),
    send: (frame, { id, whenOffline, ttl }) => {
      const outcome = outbox.size() ? undefined : hand(id, frame)
      if (outcome) return outcome
      const isLost = phase !== 'idle' && (isOver() || phase === 'closing')
      const refusal = isLost ? 'closed' : whenOffline === 'drop' || !config.queue.maxMessages ? 'offline' : undefined
      if (!refusal) return outbox.push(id, frame, ttl)
      drop(refusal, [id])
      return dropped(refusal)
    },
    dispose: () => {
      outbox.clear('closed')
      if (!isOver()) {
        move('close')
        finish(unheard('abandoned'))
      }
      changes.flush()
    },
  }
}
