import { withdraw } from '../connection/sendQueue.js'
import { SHOULD_AUTOBATCH } from '@reduxjs/toolkit'
import { createSocketActions } from '../actions/createSocketActions.js'
import type { ConnectionEvent, Link } from '../connection/hooks.js'
import { isPageVisible } from '../internal/environment.js'
import type { CommandHandler, FeatureContext, FeatureHooks, Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { createSenders } from '../middleware/outbound.js'
import type { Protocol, ProtocolFactory, ProtocolHost, SocketProtocol } from '../middleware/protocol.js'
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
      const isBatched = autoBatch && isPageVisible()
      const meta = { ...action.meta, [SHOULD_AUTOBATCH]: true }
      store.dispatch(isBatched ? ({ ...action, meta } as typeof action) : action)
    },
    getState: store.getState,
    report: events.report,
    guard,
    use: () => void (isDisposed() || connection.use()),
    status: connection.phase,
  }
}

type Call = <Result>(member: keyof Protocol, run: () => Result) => Result | undefined

/** Runs the protocol's `resume`. A promise when something that it sent is still being encoded. */
const resume = (protocol: Protocol, { pipeline }: FeatureContext, link: Link, call: Call) => {
  const { send, sending } = createValueSender(link, pipeline.encode)
  call('resume', () => protocol.resume?.({ send, reconnected: link.reconnected }))
  return sending.length ? Promise.allSettled(sending) : undefined
}

const commandsOf = ({ commands = {} }: Protocol, { store, taskQueue }: FeatureContext, call: Call) =>
  new Map(
    Object.entries(commands).map(([verb, handle]): [string, CommandHandler] => [
      `${store.prefix}/${verb}`,
      (command, next) => taskQueue.run(() => call('commands', () => handle(command, next))),
    ]),
  )

/** Puts a protocol on a connection. What its members throw becomes a `socketError`, except in its handshake. */
const attachProtocol = (factory: ProtocolFactory, context: FeatureContext): FeatureHooks => {
  const { guard, part, pipeline } = context
  const protocol = factory(createHost(context))
  const { handshake } = protocol
  const call: Call = (member, run) => guard(`protocol.${member}`, run)
  const commands = commandsOf(protocol, context, call)
  const unchecked = { toFrame: pipeline.encode, decode: pipeline.decode }
  const toPlain = (value: unknown) => pipeline.toPlain(value, pipeline.keepBytes)
  const receive = (message: unknown) => call('receive', () => protocol.receive?.(message, toPlain))
  part(earlyFrames)
  return {
    offer: () => protocol.subprotocols ?? [],
    ...(handshake && { beforeReady: (link: Link) => runHandshake(handshake, context, link, unchecked) }),
    ...(protocol.resume && { resume: (link: Link) => resume(protocol, context, link, call) }),
    claim: (message: unknown) => (call('claims', () => protocol.claims?.(message)) ? receive : undefined),
    handlerOf: (type: string) => commands.get(type),
    isBusy: () => call('isBusy', () => protocol.isBusy?.()) ?? false,
    onEvent: ({ type, payload }: ConnectionEvent) => call('onEvent', () => protocol.onEvent?.(type, payload)),
    onDispose: () => call('dispose', () => protocol.dispose?.()),
  }
}

/** Creates what the option `protocol` takes: a feature that speaks a protocol beside the app's own messages. */
export const createProtocol = (factory: ProtocolFactory): SocketProtocol => {
  const feature: Feature<'protocol'> = {
    options: ['protocol'],
    order: order.protocol,
    create: (context) => attachProtocol(factory, context),
  }
  return { feature }
}
