import { withdraw } from '../connection/sendQueue.js'
import { SHOULD_AUTOBATCH } from '@reduxjs/toolkit'
import { createSocketActions } from '../actions/createSocketActions.js'
import { creatorOf, DEFAULT_NAME } from '../actions/creators.js'
import { commandVerbs, eventVerbs } from '../actions/verbs.js'
import { OPEN } from '../connection/attempt.js'
import type { Link } from '../connection/hooks.js'
import { isPageVisible, onPage } from '../internal/environment.js'
import { codedError } from '../internal/errors.js'
import { ignoreRejection } from '../internal/maybePromise.js'
import type { CommandHandler, FeatureContext, FeatureHooks, Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { createSenders, toRawFrame } from '../middleware/outbound.js'
import type {
  CustomProtocol,
  Protocol,
  ProtocolCommandHandlers,
  ProtocolFactory,
  ProtocolHost,
} from '../middleware/protocol.js'
import { earlyFrames } from './earlyFrames.js'
import { createValueSender } from './valueSender.js'
import { runHandshake } from './wire.js'

const createHost = (context: FeatureContext): ProtocolHost => {
  const { connection, guard, isDisposed, name, options, pipeline, store, taskQueue } = context
  const { autoBatch = true } = options
  const { queue, events } = connection
  const send = createSenders(connection, pipeline.mayChange)(pipeline.encode)
  return {
    name,
    actions: options.actions ?? createSocketActions(name),
    // After `dispose` it neither queues nor connects.
    send: (value, given) =>
      isDisposed() ? { id: given?.id ?? '', delivery: 'dropped', reason: 'closed' } : send(value, given),
    withdraw: (id) => withdraw(queue, id),
    queuedIds: () => Array.from(queue?.entries ?? [], ({ id }) => id),
    dispatch: (action) => taskQueue.enqueue(() => store.dispatch(action)),
    deliver: (action) => {
      const meta = { ...action.meta, ...(autoBatch && isPageVisible() && { [SHOULD_AUTOBATCH]: true }) }
      store.dispatch({ ...action, meta } as typeof action)
    },
    getState: store.getState,
    report: events.report,
    guard,
    use: () => void (isDisposed() || connection.use()),
    status: connection.phase,
  }
}

type Callback = Exclude<keyof Protocol, 'subprotocols' | 'commands' | 'handshake'>

/** Calls a member of the protocol, if there is one. What it throws becomes a `socketError`. */
type CallMember = <Member extends Callback>(
  member: Member,
  ...args: Parameters<NonNullable<Protocol[Member]>>
) => ReturnType<NonNullable<Protocol[Member]>> | undefined

/** Runs the protocol's `resume`. A promise when something that it sent is still being encoded. */
const resume = ({ pipeline }: FeatureContext, link: Link, call: CallMember) => {
  const { send, sending } = createValueSender(link, pipeline.encode)
  call('resume', { send, reconnected: link.reconnected })
  return sending.length ? Promise.allSettled(sending) : undefined
}

const checkCommands = ({ commands = {} }: Protocol): void => {
  const own = [...commandVerbs, ...eventVerbs, 'listen', 'receive'] as readonly string[]
  const verb = Object.keys(commands).find((name) => own.includes(name))
  if (verb === undefined) return
  const message = `createProtocol: expected "commands" to have verbs of the protocol's own, got "${verb}", which is a verb of the core. Choose another name.`
  throw codedError('invalid_option', message)
}

const commandsOf = ({ commands = {} }: Protocol, { guard, store, taskQueue }: FeatureContext) =>
  new Map(
    Object.entries(commands).map(([verb, handle]): [string, CommandHandler] => [
      `${store.prefix}/${verb}`,
      (command, next) => taskQueue.run(() => guard('protocol.commands', () => handle(command, next))),
    ]),
  )

/** Hooks that let a protocol send a last message while the socket is still open. */
const closingHooks = ({ connection, pipeline }: FeatureContext, call: CallMember): FeatureHooks => {
  let ready: Link | undefined
  let stop: (() => void) | undefined
  const close = (isFinal: boolean) => {
    const link = ready
    ready = undefined
    if (link?.socket.readyState !== OPEN) return
    const send = (value: unknown) => {
      const frame = pipeline.encode(value)
      // A closing socket does not wait for a codec that is asynchronous.
      ignoreRejection(frame)
      link.send(toRawFrame(frame))
    }
    call('beforeClose', { send, isFinal })
  }
  return {
    onReady: (link) => {
      ready = link
      // A page that may come back is left to the page lifecycle.
      stop = onPage('pagehide', ({ persisted }) => persisted || close(true))
    },
    // The socket is not closed yet: this side ends the link first.
    onLinkEnd: () => {
      close(connection.phase() !== 'open')
      stop?.()
    },
  }
}

/** Puts a protocol on a connection. What its members throw becomes a `socketError`, except in its handshake. */
const attachProtocol = (factory: ProtocolFactory, context: FeatureContext): FeatureHooks => {
  const { guard, part, pipeline } = context
  const protocol = factory(createHost(context))
  if (__DEV__) checkCommands(protocol)
  const { handshake } = protocol
  const call: CallMember = (member, ...args) =>
    guard(`protocol.${member}`, () => (protocol[member] as ((...all: unknown[]) => never) | undefined)?.(...args))
  const commands = commandsOf(protocol, context)
  const unchecked = { toFrame: pipeline.encode, decode: pipeline.decode }
  const toPlain = (value: unknown) => pipeline.toPlain(value, pipeline.keepBytes)
  const receive = (message: unknown) => call('receive', message, toPlain)
  part(earlyFrames)
  return {
    offer: () => protocol.subprotocols ?? [],
    ...(handshake && { beforeReady: (link: Link) => runHandshake(handshake, context, link, unchecked) }),
    ...closingHooks(context, call),
    resume: (link) => resume(context, link, call),
    claim: (message) => (call('claims', message) ? receive : undefined),
    handlerOf: (type) => commands.get(type),
    isBusy: () => call('isBusy') === true,
    onEvent: ({ type, payload }) => call('onEvent', type, payload as never),
    onDispose: () => call('dispose'),
  }
}

/**
 * Creates what the option `protocol` takes: a feature that speaks a protocol beside the app's own messages. Its `command` creates the commands.
 * See docs/recipes/protocols.md.
 * @throws `invalid_option` for a command with a verb of the core; in development, when the store is created
 */
export const createProtocol = <Handlers extends ProtocolCommandHandlers = ProtocolCommandHandlers>(
  factory: ProtocolFactory<Handlers>,
): CustomProtocol<Handlers> => {
  const feature: Feature<'protocol'> = {
    options: ['protocol'],
    order: order.protocol,
    create: (context) => attachProtocol(factory, context),
  }
  return {
    feature,
    command: (verb, actions) => creatorOf(actions?.name ?? DEFAULT_NAME, verb, (payload) => payload) as never,
  }
}
