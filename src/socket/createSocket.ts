import { after, now } from '../internal/clock.js'
import type { Problem } from '../internal/errors.js'
import type { Turns } from '../internal/turns.js'
import { beginAttempt, type Attempt } from './attempt.js'
import { compareAddresses, redact } from './endpoint.js'
import { transition, type LifecycleEvent, type Phase } from './lifecycle.js'
import { CLOSING, OPEN } from './native.js'
import { createRedial, type Redial } from './redial.js'
import { createSending } from './sending.js'
import type { Address, AttemptContext, CloseInfo, ConnectOutcome, Socket, SocketConfig } from './types.js'
import { judge, type Verdict } from './verdict.js'

const happens = { closed: 'end', failed: 'fail', reconnecting: 'lost' } as const

/** The end of a socket of which the network said nothing. */
const unheard = (cause: NonNullable<CloseInfo['cause']>): CloseInfo => ({
  code: null,
  reason: '',
  wasClean: false,
  at: now(),
  cause,
})

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

  const sending = createSending(config, turns, () => (phase === 'open' ? current?.native() : undefined))

  /** Gives the current attempt up: nothing that it still does is heard. */
  const abandon = (goodbye = false) => {
    const attempt = current
    current = undefined
    stopWaiting()
    attempt?.abandon(goodbye)
    return attempt?.native()
  }

  /** Whether the count of retries starts over: the connection has held for long enough. */
  const hasHeld = (openedAt: number | undefined) => openedAt !== undefined && now() - openedAt >= minUptime
  /** Whether trying again cannot help. */
  const isHopeless = ({ code }: Problem) =>
    code === 'no_websocket' || (code === 'invalid_url' && typeof address.url !== 'function')

  /** The attempt has failed, or its socket is gone: decides what follows, does it, then tells. */
  const lose = (close?: CloseInfo, problem?: Problem) => {
    const openedAt = current?.openedAt()
    if (hasHeld(openedAt)) {
      retries = 0
      hasRefreshed = false
    }
    const verdict: Verdict =
      problem && isHopeless(problem)
        ? { next: 'failed', problem }
        : judge(config, {
            close: close ?? unheard('abandoned'),
            opened: openedAt !== undefined,
            attempt: retries + 1,
            canRefresh: !hasRefreshed && Object.values(address).some((part) => typeof part === 'function'),
          })
    abandon()
    lastClose = close ?? lastClose
    move(happens[verdict.next])
    if (problem && !isHopeless(problem)) emit('error', problem)
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
    sending.clear('closed')
  }

  /** The end that was asked for. */
  const finish = (close: CloseInfo) => {
    abandon()
    redial?.stop()
    lastClose = close
    move('end')
    emit('closed', { ...close, next: 'closed' })
    sending.clear('closed')
    settle('closed')
  }

  /** The wait is over: asks for the address, then lets the loop dial it. */
  const begin = () => {
    const attempt = beginAttempt(
      { address, context: { attempt: retries, reason, lastClose }, WebSocket: config.WebSocket, turns },
      {
        prepared: () => redial?.go(),
        failed: (problem) => lose(undefined, problem),
        open: () => open(attempt),
        message: (frame) => {
          if (phase === 'open') config.receive(frame)
        },
        error: (said = 'the runtime gives no details') => {
          const code = attempt.openedAt() === undefined ? 'connection_failed' : 'connection_error'
          emit('error', { code, message: `The WebSocket reported an error: ${said}.` })
        },
        close: (close) => (phase === 'closing' ? finish(close) : lose(close)),
      },
    )
    current = attempt
    wait(config.connectTimeout, () => {
      const message = `Expected the connection to be ready within ${config.connectTimeout} ms ("connectTimeout"); it was not.`
      lose(attempt.native() && unheard('timeout'), { code: 'connect_timeout', message })
    })
  }

  /** The loop came through the gate; for an attempt that is over it is sent round. */
  const dial = () => {
    const target = current?.target()
    if (!current || !target || current.native()) return redial?.lost()
    move('dial')
    emit('connecting', { attempt: retries, url: redact(target.url) })
    current.dial(target)
  }

  const open = (attempt: Attempt) => {
    const native = attempt.native()
    const target = attempt.target()
    const at = attempt.openedAt()
    if (phase === 'closing' || !native || !target || at === undefined) return
    const reconnected = hasOpened
    hasOpened = true
    stopWaiting()
    move('open')
    redial?.opened()
    emit('opened', { url: redact(target.url), protocol: native.protocol, reconnected, at })
    settle('open')
    sending.flush()
    config.ready(reconnected)
  }

  /** Starts anew, whatever there is. */
  const renew = () => {
    if (isOver() || phase === 'closing') hasOpened = false
    retries = 0
    hasRefreshed = false
    reason = 'connect'
    redial?.stop()
    const replaced = abandon(true)
    move(replaced ? 'replace' : 'connect')
    if (replaced) {
      lastClose = unheard('replaced')
      emit('closed', { ...lastClose, next: 'connecting' })
    }
    for (const resolve of closing.splice(0)) resolve('closed')
    redial = createRedial(() => turns.queue(dial))
    begin()
  }

  /** Takes a new address; what waits for another one is dropped. Whether it is new. */
  const readdress = (given: Address, keepQueue: boolean): boolean => {
    const { moved, elsewhere } = compareAddresses(address, given)
    if (elsewhere && !keepQueue && redial) sending.clear('replaced')
    address = { ...address, ...given }
    return moved
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
          sending.clear('closed')
          return settle('closed')
        }
        redial?.stop()
        const native = current?.native()
        if (!native || (native.readyState !== OPEN && native.readyState !== CLOSING))
          return finish(unheard('abandoned'))
        wait(config.closeTimeout, () => finish(unheard('timeout')))
        sending.clear('closed')
        settle('closed')
        try {
          native.close(code, why)
        } catch {
          finish(unheard('abandoned'))
        }
      }),
    send: (frame, options) =>
      sending.send(frame, options, phase !== 'idle' && (isOver() || phase === 'closing') ? 'closed' : undefined),
    dispose: () => {
      sending.clear('closed')
      if (!isOver()) {
        move('close')
        finish(unheard('abandoned'))
      }
      sending.tellChanges()
    },
  }
}
