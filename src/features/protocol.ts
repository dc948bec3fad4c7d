import { SHOULD_AUTOBATCH } from '@reduxjs/toolkit'
import { createSocketActions } from '../actions/createSocketActions.js'
import type { ConnectionEvent, Link } from '../connection/hooks.js'
import { isPageVisible } from '../internal/environment.js'
import type { CommandHandler, FeatureContext, FeatureHooks } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import type { Guard } from '../internal/guard.js'
import { createSenders } from '../middleware/outbound.js'
import type { Protocol, ProtocolFactory, ProtocolHost, SocketProtocol } from '../middleware/protocol.js'
import { earlyFrames } from './earlyFrames.js'
import { createValueSender, shakeHands } from './wire.js'

const createHost = ({
  connection,
  guard,
  isDisposed,
  name,
  options,
  pipeline,
  store,
  taskQueue,
}: FeatureContext): ProtocolHost => {
  const { autoBatch = true } = options
  const { sends, events } = connection
  const send = createSenders(connection, pipeline)(pipeline.encode)
  return {
    name,
    actions: options.actions ?? createSocketActions(name),
    // What is disposed of neither queues nor connects.
    send: (value, given) =>
      isDisposed() ? { id: given?.id ?? '', delivery: 'dropped', reason: 'closed' } : send(value, given),
    withdraw: sends.withdraw,
    waiting: sends.ids,
    dispatch: (action) => taskQueue.enqueue(() => void store.dispatch(action)),
    deliver: (action) =>
      void store.dispatch(
        autoBatch && isPageVisible()
          ? ({ ...action, meta: { ...action.meta, [SHOULD_AUTOBATCH]: true } } as typeof action)
          : action,
      ),
    getState: () => store.api.getState() as unknown,
    report: events.report,
    guard,
    use: () => void (isDisposed() || connection.use()),
    status: connection.phase,
  }
}

/** Runs the protocol's `resume`; a promise when something that it sent is still being made. */
const resume = (protocol: Protocol, { pipeline }: FeatureContext, link: Link, call: Call) => {
  const { send, sending } = createValueSender(link, pipeline.encode)
  call('resume', () => protocol.resume?.({ send, reconnected: link.reconnected }))
  return sending.length ? Promise.allSettled(sending) : undefined
}

type Call = <Result>(member: keyof Protocol, run: () => Result) => Result | undefined

const callsOf =
  (guard: Guard): Call =>
  (member, run) =>
    guard(__DEV__ ? `"${member}" of the protocol` : member, run)

const commandsOf = ({ commands = {} }: Protocol, { store, taskQueue }: FeatureContext, call: Call) =>
  new Map(
    Object.entries(commands).map(([verb, handle]): [string, CommandHandler] => [
      `${store.prefix}/${verb}`,
      (command, next) => taskQueue.run(() => call('commands', () => handle(command, next))),
    ]),
  )

/** Puts a protocol on a connection. What its members throw becomes a `socketError`, except in its handshake. */
const createProtocolHooks = (factory: ProtocolFactory, context: FeatureContext): FeatureHooks => {
  const { guard, part, pipeline } = context
  const protocol = factory(createHost(context))
  const { handshake } = protocol
  const call = callsOf(guard)
  const commands = commandsOf(protocol, context, call)
  const unchecked = { toFrame: pipeline.encode, toMessage: pipeline.decode }
  const toPlain = (value: unknown) => pipeline.toPlain(value, pipeline.keepBytes)
  const receive = (message: unknown) => void call('receive', () => protocol.receive?.(message, toPlain))
  part(earlyFrames)
  return {
    offer: () => protocol.subprotocols ?? [],
    ...(handshake && { beforeReady: (link: Link) => shakeHands(handshake, context, link, unchecked) }),
    ...(protocol.resume && { resume: (link: Link) => resume(protocol, context, link, call) }),
    claim: (message: unknown) => (call('claims', () => protocol.claims?.(message)) ? receive : undefined),
    handlerOf: (type: string) => commands.get(type),
    isBusy: () => call('isBusy', () => protocol.isBusy?.()) ?? false,
    onEvent: ({ type, payload }: ConnectionEvent) => void call('hear', () => protocol.hear?.(type, payload)),
    onDispose: () => void call('dispose', () => protocol.dispose?.()),
  }
}

/** Makes what the option `protocol` takes: a feature that speaks a protocol beside the app's own messages. */
export const createProtocol = (factory: ProtocolFactory): SocketProtocol => ({
  feature: {
    options: ['protocol'],
    order: order.protocol,
    create: (context) => createProtocolHooks(factory, context),
  },
})
