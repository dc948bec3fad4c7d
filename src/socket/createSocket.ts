import { now, type Cancel } from '../internal/clock.js'
import type { Problem } from '../internal/errors.js'
import type { Turns } from '../internal/turns.js'
import { beginAttempt, type Attempt } from './attempt.js'
import { compareAddresses, hasProvider, nextAddress, redact } from './endpoint.js'
import { transition, type LifecycleEvent, type Phase } from './lifecycle.js'
import { CLOSING, OPEN } from './native.js'
import { createRedial, type Redial } from './redial.js'
import { createRetries } from './retries.js'
import { createSending } from './sending.js'
import { createSession, type Session } from './session.js'
import type { Address, CloseInfo, ConnectOutcome, Socket, SocketConfig } from './types.js'
import { timedOut, unheard } from './unheard.js'
import { isHopeless, type Verdict } from './verdict.js'
import { createWaiting } from './waiting.js'
import { watchPage } from './wake.js'

const happens = { closed: 'end', failed: 'fail', reconnecting: 'lost' } as const

/** A time for the store, where "never" is null: Infinity is no JSON. */
const finite = (ms: number): number | null => (ms === Infinity ? null : ms)

/** Creates one connection. State is changed before anything is emitted; what a listener commands is served after the event. */
export const createSocket = (config: SocketConfig, turns: Turns): Socket => {
  const { emit } = config
  const { minUptime, random } = config.reconnect
  const retries = createRetries(config)
  const waiting = createWaiting(turns, random)
  let phase: Phase = 'idle'
  let address = config.address
  let current: Attempt | undefined
  let session: Session | undefined
  let redial: Redial | undefined
  let hasOpened = false
  let lastClose: CloseInfo | null = null
  /** Closed for want of traffic: the next use opens it again. */
  let isResting = false
  /** Somebody used it while it was closing for want of traffic. */
  let isWanted = false
  let saidCode = 0
  /** How the socket ended, while the messages before that are still being decoded. */
  let heard: CloseInfo | undefined
  let stopWatching: Cancel = () => {}
  const connecting: ((outcome: ConnectOutcome) => void)[] = []
  const closing: ((outcome: 'closed') => void)[] = []

  const move = (event: LifecycleEvent) => (phase = transition(phase, event))
  const isOver = () => phase === 'idle' || phase === 'closed' || phase === 'failed'
  /** Tells the commands that wait how it went. */
  const settle = (outcome: ConnectOutcome) => {
    for (const resolve of connecting.splice(0)) resolve(outcome)
    if (phase !== 'closing') for (const resolve of closing.splice(0)) resolve('closed')
  }
  const sending = createSending(
    config,
    turns,
    () => (phase === 'open' ? current?.native() : undefined),
    () => session?.drained(),
  )

  /** Gives the current attempt up: nothing that it still does is heard. */
  const abandon = (goodbye = false) => {
    const attempt = current
    current = undefined
    waiting.stop()
    session?.end()
    session = undefined
    attempt?.abandon(goodbye)
    heard = undefined
    config.forget()
    sending.lost()
    return attempt?.native()
  }

  /** The attempt has failed, or its socket is gone: decides what follows. `delay` replaces the backoff's. */
  const lose = (close?: CloseInfo, problem?: Problem, delay?: number) => {
    const isProvided = hasProvider(address)
    if (problem && isHopeless(problem, isProvided)) return follow({ next: 'failed', problem }, close)
    const verdict = retries.lost({
      close: close ?? unheard('abandoned'),
      opened: current?.hasOpened() ?? false,
      hasSource: isProvided || config.handshake !== undefined,
      delay,
    })
    follow(verdict, close, problem)
  }

  /** Lets go of what there was and does what was decided, then tells. */
  const follow = (verdict: Verdict, close?: CloseInfo, problem?: Problem) => {
    abandon()
    lastClose = close ?? lastClose
    move(happens[verdict.next])
    if (problem) emit('error', problem)
    if (close) emit('closed', { ...close, next: verdict.next })
    if (verdict.next === 'reconnecting') retry(verdict.delay)
    else giveUp(verdict)
    settle(verdict.next)
  }

  const retry = (delay: number) => {
    const retryAt = waiting.forRetry(delay, begin)
    redial?.lost()
    emit('reconnecting', { attempt: retries.context().attempt, delay: finite(delay), retryAt: finite(retryAt) })
  }

  const giveUp = (verdict: Exclude<Verdict, { next: 'reconnecting' }>) => {
    end()
    if (verdict.next === 'failed') emit('failed', verdict.problem)
    // The peer has had enough for now; the next use of a lazy connection opens it again.
    isResting = config.lazy && verdict.next === 'closed'
    if (!isResting) sending.clear('closed')
    else if (sending.size()) turns.queue(use)
  }
  const end = () => {
    redial?.stop()
    stopWatching()
  }

  /** The end that was asked for, by a command or for want of traffic. */
  const finish = (close: CloseInfo) => {
    // The peer has answered our goodbye, which came after everything else: all of that has arrived.
    if (close.wasClean && close.code === saidCode) sending.proven(sending.mark())
    abandon()
    end()
    // A close during a wait is no word of the network: what that said last stays.
    lastClose = close.cause === 'abandoned' ? (lastClose ?? close) : close
    move('end')
    emit('closed', { ...close, next: 'closed' })
    if (!isResting) sending.clear('closed')
    settle('closed')
    if (isResting && (isWanted || sending.size())) use()
  }

  /** Begins to close; what still waits in the queue is not touched. */
  const goodbye = (code: number, why: string) => {
    move('close')
    end()
    session?.end()
    session = undefined
    const native = current?.native()
    // One that the peer has begun to close does not answer us.
    saidCode = native?.readyState === OPEN ? code : 0
    if (!native || (native.readyState !== OPEN && native.readyState !== CLOSING))
      return finish(heard ?? unheard('abandoned'))
    waiting.until(now() + config.closeTimeout, () => finish(timedOut()))
    settle('closed')
    try {
      native.close(code, why)
    } catch {
      finish(unheard('abandoned'))
    }
  }

  /** The wait is over: asks for the address, then lets the loop dial it. */
  const begin = () => {
    sending.forget()
    const attempt = beginAttempt(
      { ...config, address, context: { ...retries.context(), lastClose }, turns },
      {
        prepared: () => redial?.go(),
        failed: (problem) => lose(undefined, problem),
        open: () => open(attempt),
        message: (frame) => session?.hear(frame),
        error: (said = 'the runtime gives no details') => {
          const code = attempt.hasOpened() ? 'connection_error' : 'connection_failed'
          emit('error', { code, message: `The WebSocket reported an error: ${said}.` })
        },
        close: (close) => afterUntold(attempt, close),
      },
    )
    current = attempt
    waiting.until(now() + config.connectTimeout, () => {
      const message = `Expected the connection to be ready within ${config.connectTimeout} ms ("connectTimeout"); it was not.`
      lose(attempt.native() && timedOut(), { code: 'connect_timeout', message })
    })
  }

  /** The last word of a socket waits for the messages before it that are still being decoded; not for ever. */
  const afterUntold = (attempt: Attempt, close: CloseInfo) => {
    const tell = () => {
      if (current !== attempt) return
      if (phase === 'closing') finish(close)
      else lose(close)
    }
    const untold = config.untold()
    if (!untold) return tell()
    heard = close
    // There is nobody left to ask whether they are there.
    session?.end()
    session = undefined
    waiting.until(now() + config.closeTimeout, tell)
    void untold.then(() => turns.queue(tell))
  }

  /** The loop came through the gate; for an attempt that was given up before the loop came round, it is sent round again. */
  const dial = () => {
    const target = current?.target()
    if (!current || !target) return redial?.lost()
    move('dial')
    emit('connecting', { attempt: retries.context().attempt, url: redact(target.url) })
    current.dial(target)
  }

  /** The socket is open; the session makes it ready. */
  const open = (attempt: Attempt) => {
    if (phase === 'closing') return
    const native = attempt.native()!
    const { remake, binaryType } = config.negotiated(native.protocol)
    native.binaryType = binaryType
    if (remake) sending.remake()
    redial?.opened()
    session = createSession(config, turns, attempt, sending, {
      ready: () => ready(attempt),
      failed: (problem) => lose(unheard('abandoned'), problem),
      message: config.receive,
      missed: (hasAnswered) => {
        if (!hasAnswered) retries.distrust()
        const message = 'Expected the peer to answer the heartbeat in time ("heartbeat.timeout"); it was silent.'
        lose(timedOut(), { code: 'heartbeat_missed', message }, hasAnswered ? 0 : undefined)
      },
      idle: rest,
    })
    session.begin(hasOpened)
  }

  const ready = (attempt: Attempt) => {
    const native = attempt.native()
    const target = attempt.target()
    if (!native || !target) return
    const reconnected = hasOpened
    hasOpened = true
    const readyAt = now()
    // Where there is nothing to be earned, nothing is waited for.
    waiting.until(retries.ready(readyAt) ? readyAt + minUptime : Infinity, retries.held)
    move('open')
    // Before anybody hears of it: what they send goes behind.
    sending.flush()
    emit('opened', { url: redact(target.url), protocol: native.protocol, reconnected, at: readyAt })
    settle('open')
    config.ready(reconnected)
  }

  /** Starts anew, whatever there is. */
  const renew = () => {
    if (isOver() || phase === 'closing') hasOpened = false
    retries.renew()
    isResting = false
    end()
    const replaced = abandon(true)
    move(replaced ? 'replace' : 'connect')
    if (replaced) {
      lastClose = unheard('replaced')
      emit('closed', { ...lastClose, next: 'connecting' })
    }
    for (const resolve of closing.splice(0)) resolve('closed')
    redial = createRedial(() => turns.queue(dial))
    stopWatching = watchPage({
      wake: later(wake),
      offline: later(pause),
      freeze: later(freeze),
      thaw: later(() => wake(true)),
    })
    begin()
  }

  const later = (task: () => void) => () => turns.queue(task)
  const isWaiting = () => phase === 'reconnecting' && !current
  /** A good moment: dials soon when waiting, at once when `thawed`; asks the peer when open. */
  const wake = (thawed = false) => {
    session?.probe()
    const retryAt = isWaiting() ? waiting.hurry(begin, thawed) : undefined
    if (retryAt !== undefined) sending.note({ retryAt })
  }
  const pause = () => {
    if (!isWaiting()) return
    waiting.until(Infinity, begin)
    sending.note({ retryAt: null })
  }
  /** No loss, and not judged as one: the socket is let go until the page is back. */
  const freeze = () => {
    if (current && phase !== 'closing') follow(retries.frozen(), current.native() && unheard('abandoned'))
    pause()
    // In a frame it is too late.
    sending.tellChanges()
  }

  /** Closes for want of traffic. */
  const rest = () => {
    isResting = true
    isWanted = false
    config.acted('close')
    goodbye(1000, 'idle')
  }
  /** Whether the next use opens it. */
  const sleeps = () => isResting || (phase === 'idle' && config.lazy)
  /** Opens for a use. */
  const use = () => {
    isWanted = true
    if (!isOver()) return
    config.acted('connect')
    renew()
  }

  /** Takes a new address; what waits for another one is dropped. Whether it is new. */
  const readdress = (given: Address, keepQueue: boolean): boolean => {
    const next = nextAddress(config.address, address, given)
    const { moved, elsewhere } = compareAddresses(address, next)
    if (elsewhere && !keepQueue && redial) sending.clear('replaced')
    address = next
    return moved
  }

  return {
    phase: () => phase,
    connect: (given = {}, keepQueue = false) =>
      new Promise((resolve) => {
        const moved = readdress(given, keepQueue)
        if (phase === 'open' && !moved) return resolve('open')
        connecting.push(resolve)
        if (moved || phase === 'closing' || isOver()) renew()
        else if (!current) begin()
      }),
    reconnect: () =>
      new Promise((resolve) => {
        connecting.push(resolve)
        if (isWaiting()) begin()
        else renew()
      }),
    close: (code, why) =>
      new Promise((resolve) => {
        closing.push(resolve)
        isResting = false
        sending.clear('closed')
        // It is not wanted any more.
        config.forget()
        if (isOver()) {
          move('close')
          settle('closed')
        } else if (phase !== 'closing') goodbye(code, why)
      }),
    use: () => {
      const does = sleeps()
      if (does) turns.queue(use)
      return does
    },
    send: (frame, options) => {
      session?.touch()
      const isAsleep = sleeps()
      const isLost = !isAsleep && phase !== 'idle' && (isOver() || phase === 'closing')
      const result = sending.send(frame, options, isLost ? 'closed' : undefined)
      if (isAsleep) turns.queue(use)
      return result
    },
    withdraw: sending.withdraw,
    waiting: sending.waiting,
    dispose: () => {
      isResting = false
      sending.clear('closed')
      if (!isOver()) {
        move('close')
        finish(unheard('abandoned'))
      }
      sending.tellChanges()
    },
  }
}
