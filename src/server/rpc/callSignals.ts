import { getEventListeners } from 'node:events'

/** The signal of a call. It is created when it is first read. */
export interface CallSignal {
  readonly get: () => AbortSignal
  readonly abort: () => void
  /** Whether the signal was read, and is aborted. */
  readonly isAborted: () => boolean
  /** The call has ended. Its signal is still aborted when the client disconnects. */
  readonly end: () => void
}

/** The signals of the calls of one connection. */
export interface CallSignals {
  readonly create: () => CallSignal
  /** Aborts all signals, also those that are read later. */
  readonly abortAll: () => void
}

/** The number of weak references at which the first sweep removes those that are dead. */
const FIRST_SWEEP = 64

interface SignalSets {
  /** Signals of running calls, and signals that have a listener. */
  readonly strong: Set<AbortController>
  /** Signals of ended calls without a listener: kept only as long as the app keeps them. */
  readonly weak: Set<WeakRef<AbortController>>
  /** Keeps a controller alive as long as its signal is. */
  readonly controllers: WeakMap<AbortSignal, AbortController>
  sweepAt: number
  isAborted: boolean
}

const hasListener = ({ signal }: AbortController): boolean => getEventListeners(signal, 'abort').length > 0

const keepAfterEnd = ({ strong, weak }: SignalSets, controller: AbortController): void => {
  strong.delete(controller)
  if (hasListener(controller)) strong.add(controller)
  else weak.add(new WeakRef(controller))
}

const sweep = (sets: SignalSets): void => {
  const { strong, weak } = sets
  if (weak.size < sets.sweepAt) return
  for (const reference of weak) {
    const controller = reference.deref()
    if (controller && !hasListener(controller)) continue
    weak.delete(reference)
    if (controller) strong.add(controller)
  }
  sets.sweepAt = Math.max(FIRST_SWEEP, weak.size * 2)
}

const createCallSignal = (sets: SignalSets): CallSignal => {
  let controller: AbortController | undefined
  let isAborted = false
  let hasEnded = false
  return {
    get: () => {
      if (controller) return controller.signal
      controller = new AbortController()
      sets.controllers.set(controller.signal, controller)
      if (isAborted || sets.isAborted) controller.abort()
      else if (hasEnded) keepAfterEnd(sets, controller)
      else sets.strong.add(controller)
      return controller.signal
    },
    abort: () => {
      isAborted = true
      controller?.abort()
    },
    isAborted: () => controller?.signal.aborted === true,
    end: () => {
      hasEnded = true
      if (!controller) return
      if (controller.signal.aborted) sets.strong.delete(controller)
      else keepAfterEnd(sets, controller)
      sweep(sets)
    },
  }
}

/**
 * Creates the signals of a connection. A method may reply and continue to push, so its signal must outlive the reply; but a connection that
 * lives for weeks must not collect a signal for each call. A signal with a listener is kept, any other only as long as the app keeps it.
 * (`AbortSignal.any` does that too, but leaves something behind for each signal.)
 */
export const createCallSignals = (): CallSignals => {
  const sets: SignalSets = {
    strong: new Set(),
    weak: new Set(),
    controllers: new WeakMap(),
    sweepAt: FIRST_SWEEP,
    isAborted: false,
  }
  return {
    create: () => createCallSignal(sets),
    abortAll: () => {
      sets.isAborted = true
      const all = [...sets.strong, ...[...sets.weak].map((reference) => reference.deref())]
      sets.strong.clear()
      sets.weak.clear()
      for (const controller of all) controller?.abort()
    },
  }
}
