import { SHOULD_AUTOBATCH, type MiddlewareAPI } from '@reduxjs/toolkit'
import type { SocketActions } from '../actions/createSocketActions.js'
import { isPageVisible } from '../internal/environment.js'
import type { Turns } from '../internal/turns.js'
import type { Socket } from '../socket/types.js'
import type { CommandHandler } from './commands.js'
import type { Guard } from './guard.js'
import type { Protocol, ProtocolFactory, ProtocolHost } from './protocol.js'

/** A protocol, none of whose members throws. Its handshake and `resume` are run by the connection. */
export interface HostedProtocol extends Required<
  Pick<Protocol, 'claims' | 'receive' | 'isBusy' | 'hear' | 'dispose' | 'subprotocols'>
> {
  readonly commands: readonly (readonly [type: string, CommandHandler])[]
  readonly handshake: Protocol['handshake'] | undefined
  readonly resume: Protocol['resume'] | undefined
}

interface HostingConfig {
  readonly actions: SocketActions
  readonly api: MiddlewareAPI
  readonly autoBatch: boolean
  readonly turns: Turns
  readonly guard: Guard
  readonly report: ProtocolHost['report']
  readonly send: ProtocolHost['send']
  readonly socket: () => Socket
}

/** Makes a protocol, and guards each call of it. */
export const hostProtocol = (factory: ProtocolFactory, config: HostingConfig): HostedProtocol => {
  const { actions, api, autoBatch, turns, guard, report, send, socket } = config
  const dispatch: ProtocolHost['dispatch'] = (action) =>
    void guard(`Dispatching "${action.type}"`, () => api.dispatch(action))
  const protocol = factory({
    name: actions.name,
    actions,
    send,
    withdraw: (id) => socket().withdraw(id),
    waiting: () => socket().waiting(),
    dispatch: (action) => turns.queue(() => dispatch(action)),
    deliver: (action) =>
      dispatch(
        autoBatch && isPageVisible() ? { ...action, meta: { ...action.meta, [SHOULD_AUTOBATCH]: true } } : action,
      ),
    getState: () => api.getState() as unknown,
    report,
    guard,
    use: () => void socket().use(),
    status: () => socket().phase(),
  })
  const call = <Result>(member: keyof Protocol, run: () => Result) => guard(`"${member}" of the protocol`, run)
  const prefix = actions.send.type.slice(0, -'send'.length)
  return {
    commands: Object.entries(protocol.commands ?? {}).map(([verb, handle]) => [
      prefix + verb,
      (command, next) => turns.now(() => call('commands', () => handle(command, next))),
    ]),
    subprotocols: protocol.subprotocols ?? [],
    handshake: protocol.handshake,
    resume: protocol.resume,
    claims: (message) => call('claims', () => protocol.claims?.(message)) ?? false,
    receive: (message, toPlain) => call('receive', () => protocol.receive?.(message, toPlain)),
    isBusy: () => call('isBusy', () => protocol.isBusy?.()) ?? false,
    hear: (type, payload) => call('hear', () => protocol.hear?.(type, payload)),
    dispose: () => call('dispose', () => protocol.dispose?.()),
  }
}
