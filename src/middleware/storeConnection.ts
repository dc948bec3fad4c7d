import type { MiddlewareAPI } from '@reduxjs/toolkit'
import { plainJson } from '../codec/plainJson.js'
import { createConnection } from '../connection/connection.js'
import { createHookLists } from '../internal/hookLists.js'
import { createTaskQueue } from '../internal/taskQueue.js'
import { createActionHandler } from './actionHandler.js'
import { createCommandHandlers } from './commands.js'
import { coreHooks, coreSettings } from './core.js'
import { warnOfSameName } from './devWarnings.js'
import type { ConnectionContext, Feature, FeatureContext, FeatureHooks } from './feature.js'
import { createInbound } from './inbound.js'
import type { SocketMiddlewareOptions } from './options.js'
import * as order from './order.js'
import { createSenders, toRawFrame } from './outbound.js'
import { createPipeline } from './pipeline.js'
import { createRouter } from './router.js'
import { createStorePort } from './storePort.js'

/** Creates one connection of one store, and the function that takes the store's actions. Its parts are created in the order of their dependencies. */
export const createStoreConnection = (
  options: SocketMiddlewareOptions,
  features: readonly Feature[],
  api: MiddlewareAPI,
) => {
  let isDisposed = false
  const taskQueue = createTaskQueue()
  const hooks = createHookLists<FeatureHooks>()
  const { port: store, sync } = createStorePort(options, api, taskQueue)
  const { guard, name } = store
  const releaseName = __DEV__ ? warnOfSameName(api, name) : undefined
  const settings = coreSettings(options, store)
  for (const feature of features) Object.assign(settings, feature.settings?.(options, settings, guard))
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
    isDisposed: () => isDisposed,
    dispose: () => {
      isDisposed = true
      if (__DEV__) releaseName?.()
      // From now on they pass through.
      commands.clear()
      taskQueue.enqueue(() => {
        connection.dispose()
        // After the drops that this causes.
        taskQueue.enqueue(() => hooks.run('onDispose'))
      })
    },
    part: <Part>(create: (context: ConnectionContext) => Part): Part => {
      if (!parts.has(create)) parts.set(create, create(context))
      return parts.get(create) as Part
    },
  }
  const pipeline = createPipeline(options.codec ?? plainJson)
  for (const feature of features) Object.assign(pipeline, feature.pipeline?.({ ...pipeline }, context))
  const featureContext: FeatureContext = { ...context, pipeline }
  for (const feature of features) hooks.attach(feature.order, feature.create?.(featureContext) ?? {})
  hooks.attach(order.app, coreHooks(options, store))
  hooks.attach(order.inbound, (pipeline.createInbound ?? createInbound)(featureContext, createRouter(featureContext)))
  hooks.attach(order.store, { onEvent: store.emit })
  const createSender = createSenders(connection, pipeline.mayChange)
  const send = createSender(pipeline.toFrame)
  const sendRaw = createSender(toRawFrame)
  const commands = createCommandHandlers({ connection, pipeline, store, sync, taskQueue, send, sendRaw })
  return { context, handle: createActionHandler(context, commands, send, sync) }
}
