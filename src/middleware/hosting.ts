import { SHOULD_AUTOBATCH, type MiddlewareAPI } from '@reduxjs/toolkit'
import { prefixOf, type SocketActions } from '../actions/createSocketActions.js'
import { isPageVisible } from '../internal/environment.js'
import type { Eventual } from '../internal/lane.js'
import type { Turns } from '../internal/turns.js'
import type { Socket, Wire } from '../socket/types.js'
import type { CommandHandler } from './commands.js'
import type { Guard } from './guard.js'
import { resumeWith, shakeHands } from './handshake.js'
import type { SocketMiddlewareOptions } from './options.js'
import type { Protocol, ProtocolFactory, ProtocolHost, SocketProtocol } from './protocol.js'
import type { Translator } from './translate.js'

// Brought along by whoever makes a protocol, so that stores without one do not carry it.

/** A protocol on its connection. None of its members throws, but for the handshake. */
export interface HostedProtocol extends Required<
  Pick<Protocol, 'claims' | 'receive' | 'isBusy' | 'hear' | 'dispose' | 'subprotocols'>
> {
  readonly commands: ReadonlyMap<string, CommandHandler>
  /** The handshakes of an open, the protocol's and the app's; `undefined` when there is none. */
  readonly handshake: ((wire: Wire) => Promise<void>) | undefined
  readonly resume: ((wire: Wire) => Eventual<unknown>) | undefined
}

interface HostingConfig extends Pick<ProtocolHost, 'send' | 'report'> {
  readonly actions: SocketActions
  readonly api: MiddlewareAPI
  readonly options: SocketMiddlewareOptions
  readonly translator: Translator
  readonly turns: Turns
  readonly guard: Guard
  readonly socket: () => Socket
  readonly isDisposed: () => boolean
}

/** A {@link SocketProtocol}, as the middleware knows it. */
export interface HostableProtocol {
  readonly host: (config: HostingConfig) => HostedProtocol
}

const createHost = (config: HostingConfig): ProtocolHost => {
  const { actions, api, options, turns, guard, report, send, socket, isDisposed } = config
  const { autoBatch = true } = options
  const dispatch: ProtocolHost['dispatch'] = (action) =>
    void guard(`Dispatching "${action.type}"`, () => api.dispatch(action))
  return {
    name: actions.name,
    actions,
    // What is disposed of neither queues nor dials.
    send: (value, given) =>
      isDisposed() ? { id: given?.id ?? '', delivery: 'dropped', reason: 'closed' } : send(value, given),
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
    use: () => void (isDisposed() || socket().use()),
    status: () => socket().phase(),
  }
}

/** The handshakes of an open: the protocol's own, past the schema, and then the app's. */
const greeting = (
  own: Protocol['handshake'],
  { options: { handshake }, translator, api }: HostingConfig,
): HostedProtocol['handshake'] => {
  if (!own) return handshake && ((wire) => shakeHands(handshake, wire, translator, api))
  const unchecked = { toFrame: translator.encode, toMessage: translator.decode }
  return async (wire) => {
    await shakeHands(own, wire, unchecked, api)
    if (handshake) await shakeHands(handshake, wire, translator, api)
  }
}

/** Puts a protocol on a connection, and guards each call of it. */
const hostProtocol = (factory: ProtocolFactory, config: HostingConfig): HostedProtocol => {
  const { actions, turns, guard, translator } = config
  const protocol = factory(createHost(config))
  const { resume } = protocol
  const call = <Result>(member: keyof Protocol, run: () => Result) => guard(`"${member}" of the protocol`, run)
  const prefix = prefixOf(actions.name)
  const commands = Object.entries(protocol.commands ?? {}).map(([verb, handle]): [string, CommandHandler] => [
    `${prefix}/${verb}`,
    (command, next) => turns.now(() => call('commands', () => handle(command, next))),
  ])
  return {
    commands: new Map(commands),
    subprotocols: protocol.subprotocols ?? [],
    handshake: greeting(protocol.handshake, config),
    resume: resume && ((wire) => resumeWith(resume, wire, translator, guard)),
    claims: (message) => call('claims', () => protocol.claims?.(message)) ?? false,
    receive: (message, toPlain) => call('receive', () => protocol.receive?.(message, toPlain)),
    isBusy: () => call('isBusy', () => protocol.isBusy?.()) ?? false,
    hear: (type, payload) => call('hear', () => protocol.hear?.(type, payload)),
    dispose: () => call('dispose', () => protocol.dispose?.()),
  }
}

/** Makes what the option `protocol` of `createSocketMiddleware` takes: a protocol that is spoken beside the app's own messages. */
export const createProtocol = (factory: ProtocolFactory): SocketProtocol => {
  const protocol: HostableProtocol = { host: (config) => hostProtocol(factory, config) }
  return protocol
}
