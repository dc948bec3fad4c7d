import { getEventListeners } from 'node:events'

/** A signal that is made when it is first asked for. */
export interface LazySignal {
  readonly get: () => AbortSignal
  readonly abort: () => void
  /** Whether somebody has the signal, and it is aborted. */
  readonly isAborted: () => boolean
  /** The call is over; its signal still tells of the disconnect. */
  readonly end: () => void
}

/** The signals of one connection's calls. */
export interface Signals {
  readonly create: () => LazySignal
  /** Aborts all, for good: a signal asked for later is aborted already. */
  readonly abortAll: () => void
}

/**
 * Creates the signals of a connection. A method may answer and go on pushing, so its signal must outlive the answer; but a connection that
 * lives for weeks must not collect a signal for each call. What is listened to is kept, the rest is kept only as long as somebody else has it.
 * (`AbortSignal.any` does that too, but leaves something behind for each.)
 */
export const createSignals = (): Signals => {
  const kept = new Set<AbortController>()
  const loose = new Set<WeakRef<AbortController>>()
  // As long as somebody has the signal, its controller lives.
  const controllers = new WeakMap<AbortSignal, AbortController>()
  let sweepAt = 64
  let isOver = false

  const settle = (controller: AbortController) => {
    kept.delete(controller)
    if (getEventListeners(controller.signal, 'abort').length > 0) kept.add(controller)
    else loose.add(new WeakRef(controller))
  }
  const sweep = () => {
    if (loose.size < sweepAt) return
    for (const reference of loose) {
      const controller = reference.deref()
      if (controller && getEventListeners(controller.signal, 'abort').length === 0) continue
      loose.delete(reference)
      if (controller) kept.add(controller)
    }
    sweepAt = Math.max(64, loose.size * 2)
  }

  return {
    create: () => {
      let controller: AbortController | undefined
      let isAborted = false
      let isEnded = false
      return {
        get: () => {
          if (controller) return controller.signal
          controller = new AbortController()
          controllers.set(controller.signal, controller)
          if (isAborted || isOver) controller.abort()
          else if (isEnded) settle(controller)
          else kept.add(controller)
          return controller.signal
        },
        abort: () => {
          isAborted = true
          controller?.abort()
        },
        isAborted: () => controller?.signal.aborted === true,
        end: () => {
          isEnded = true
          if (!controller) return
          if (controller.signal.aborted) kept.delete(controller)
          else settle(controller)
          sweep()
        },
      }
    },
    abortAll: () => {
      isOver = true
      const all = [...kept, ...[...loose].map((reference) => reference.deref())]
      kept.clear()
      loose.clear()
      for (const controller of all) controller?.abort()
    },
  }
}
