import type { MiddlewareAPI } from '@reduxjs/toolkit'
import { plainJson } from '../codec/plainJson.js'
import type { Codec } from '../codec/types.js'
import { createConnection } from '../connection/connection.js'
import { createHookLists } from '../internal/hookLists.js'
import { createTaskQueue } from '../internal/taskQueue.js'
import { createActionHandler } from './actionHandler.js'
import { createCommands } from './commands.js'
import type { ConnectionContext, Feature, FeatureHooks } from './feature.js'
import * as order from './order.js'
import { createFrameGuard, createInbound } from './inbound.js'
import { onOpenHooks } from './onOpen.js'
import type { SocketMiddlewareOptions } from './options.js'
import { createSenders, toRawFrame } from './outbound.js'
import { createPipeline } from './pipeline.js'
import { createRouter } from './router.js'
import { coreSettings } from './settings.js'
import { createStorePort } from './storePort.js'

/** One connection of one store: the middleware is made of these. */
export type StoreConnection = ReturnType<typeof createStoreConnection>

/** Creates the parts that features use, up to the connection. */
const createContext = (
  options: SocketMiddlewareOptions,
  features: readonly Feature[],
  api: MiddlewareAPI,
  isDisposed: () => boolean,
): ConnectionContext => {
  const taskQueue = createTaskQueue()
  const hooks = createHookLists<FeatureHooks>()
  const store = createStorePort(options, api, taskQueue)
  const { guard, name } = store
  let settings = coreSettings(options, api.getState)
  for (const feature of features) settings = { ...settings, ...feature.settings?.(options, settings, guard) }
  const connection = createConnection(settings, hooks, taskQueue)
  const parts = new Map<unknown, unknown>()
  const context: ConnectionContext = {
    name,
    options,
    connection,
    store,
    hooks,
    taskQueue,
    guard,
    isDisposed,
    part: <Part>(create: (context: ConnectionContext) => Part): Part => {
      if (!parts.has(create)) parts.set(create, create(context))
      return parts.get(create) as Part
    },
  }
  return context
}

/** Creates one connection of one store. Its parts are made in the order of their dependencies. */
export const createStoreConnection = (
  options: SocketMiddlewareOptions,
  features: readonly Feature[],
  api: MiddlewareAPI,
  isDisposed: () => boolean,
) => {
  const context = createContext(options, features, api, isDisposed)
  const { connection, hooks, store, taskQueue } = context
  let pipeline = createPipeline((options.codec ?? plainJson) as Codec)
  for (const feature of features) pipeline = { ...pipeline, ...feature.pipeline?.(pipeline, context) }
  for (const feature of features) hooks.attach(feature.order, feature.create?.({ ...context, pipeline }) ?? {})
  const frameGuard = context.part(createFrameGuard)
  const router = createRouter({ options, pipeline, hooks, store, frameGuard })
  hooks.attach(order.app, onOpenHooks(options, store))
  const { createInbound: createWayIn = createInbound } = pipeline
  hooks.attach(order.inbound, createWayIn({ pipeline, hooks, router, frameGuard, taskQueue }))
  hooks.attach(order.store, { onEvent: store.emit })
  const createSender = createSenders(connection, pipeline)
  const send = createSender(pipeline.toFrame)
  const commands = createCommands({ connection, pipeline, store, taskQueue, send, sendRaw: createSender(toRawFrame) })
  return {
    context,
    handle: createActionHandler(context, commands, send),
    dispose: () =>
      taskQueue.enqueue(() => {
        connection.dispose()
        // After the drops which that causes.
        taskQueue.enqueue(() => hooks.run('onDispose'))
      }),
  }
}
