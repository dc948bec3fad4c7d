import { jest } from '@jest/globals'
import fc from 'fast-check'
import { socketClose, socketConnect, socketReconnect, socketSend } from '../../src/index.js'
import type { BuiltStore } from '../support/buildStore.js'
import type { FakeServer } from '../../src/testing/index.js'

// The steps of the model: commands, faults and waits, and how each is carried out.

export type Step =
  | {
      readonly do:
        | 'connect'
        | 'close'
        | 'reconnect'
        | 'accept'
        | 'refuse'
        | 'drop'
        | 'startClose'
        | 'finishClose'
        | 'receive'
        | 'freeze'
    }
  | { readonly do: 'send'; readonly whenOffline: 'queue' | 'drop' }
  | { readonly do: 'serverClose'; readonly code: number }
  | { readonly do: 'connectElsewhere'; readonly keepQueue: boolean }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'inside'; readonly command: 'connect' | 'close' | 'reconnect' | 'send' }

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('connect' as const, 'close' as const, 'reconnect' as const) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'accept' as const,
        'accept' as const,
        'refuse' as const,
        'drop' as const,
        'startClose' as const,
        'finishClose' as const,
        'receive' as const,
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('send' as const), whenOffline: fc.constantFrom('queue', 'drop') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('serverClose' as const),
      code: fc.constantFrom(1000, 1001, 1012, 4401, 4403),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'freeze' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('connectElsewhere' as const), keepQueue: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 0, 1, 20, 150, 1000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('inside' as const),
      command: fc.constantFrom('connect', 'close', 'reconnect', 'send'),
    }),
  },
)

export const network = fc.record({
  halfOpen: fc.boolean(),
  lateDelivery: fc.boolean(),
  terminate: fc.boolean(),
})

export const options = fc.record(
  {
    reconnect: fc.record(
      {
        maxRetries: fc.constantFrom(0, 2, Infinity),
        minUptime: fc.constantFrom(0, 500),
        backoff: fc.constant(() => 100),
      },
      { requiredKeys: ['backoff'] },
    ),
    queue: fc.record({
      maxMessages: fc.constantFrom(0, 2, 1000),
      ttl: fc.constantFrom(50, Infinity),
      overflow: fc.constantFrom('drop-newest' as const, 'drop-oldest' as const),
    }),
    connectTimeout: fc.constant(300),
    closeTimeout: fc.constant(200),
  },
  { requiredKeys: ['reconnect', 'connectTimeout', 'closeTimeout'] },
)

export interface Run {
  readonly store: BuiltStore
  readonly net: FakeServer
  /** Every send by its id, with the delivery that dispatch returned. */
  readonly sends: Map<string, string>
  /** The outcome of each connect, reconnect and close; null while it waits. */
  readonly outcomes: (string | null)[]
  lastCommand: 'none' | 'connect' | 'close'
  /** Commands that wait for an action to be dispatched inside. */
  readonly inside: Set<() => void>
}

export const settle = async (ms = 0): Promise<void> => {
  await jest.advanceTimersByTimeAsync(ms)
}

const awaitOutcome = (run: Run, outcome: PromiseLike<string>): void => {
  const at = run.outcomes.push(null) - 1
  void outcome.then((result) => (run.outcomes[at] = result))
}

export const command = (
  run: Run,
  what: 'connect' | 'close' | 'reconnect' | 'send',
  whenOffline: 'queue' | 'drop' = 'queue',
) => {
  const { store } = run
  if (what === 'send') {
    const id = `m${run.sends.size}`
    run.sends.set(id, 'under way')
    run.sends.set(id, store.dispatch(socketSend(id, { id, whenOffline })).delivery)
    return
  }
  run.lastCommand = what === 'close' ? 'close' : 'connect'
  if (what === 'connect') awaitOutcome(run, store.dispatch(socketConnect()))
  if (what === 'reconnect') awaitOutcome(run, store.dispatch(socketReconnect()))
  if (what === 'close') awaitOutcome(run, store.dispatch(socketClose()))
}

export const take = async (run: Run, given: Step): Promise<void> => {
  const { net, store } = run
  const peer = net.connections.at(-1)
  switch (given.do) {
    case 'send':
      command(run, 'send', given.whenOffline)
      break
    case 'connect':
    case 'close':
    case 'reconnect':
      command(run, given.do)
      break
    case 'connectElsewhere':
      run.lastCommand = 'connect'
      awaitOutcome(
        run,
        store.dispatch(
          socketConnect({
            url: `ws://${net.connections.length % 2 === 0 ? 'a' : 'b'}.example`,
            keepQueue: given.keepQueue,
          }),
        ),
      )
      break
    case 'inside': {
      // A subscriber dispatches the command, inside whatever the next action is.
      const stop = store.store.subscribe(() => {
        if (!run.inside.delete(stop)) return
        stop()
        command(run, given.command)
      })
      run.inside.add(stop)
      break
    }
    case 'accept':
      peer?.accept()
      break
    case 'refuse':
      peer?.refuse()
      break
    case 'drop':
      peer?.cut()
      break
    case 'startClose':
      peer?.startClose(1012)
      break
    case 'finishClose':
      peer?.finishClose()
      break
    case 'receive':
      for (const [index, { sendRaw: receive }] of net.connections.entries()) receive(String(index))
      break
    case 'freeze':
      peer?.freeze()
      break
    case 'serverClose':
      peer?.close(given.code)
      break
    case 'wait':
      await settle(given.ms)
      break
  }
}
