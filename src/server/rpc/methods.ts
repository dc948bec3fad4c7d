import type { StandardSchemaV1 } from '@standard-schema/spec'
import { codedError, show } from '../../internal/errors.js'

/**
 * A function that clients call: with the call's `params` as they were sent (an object, an array, or nothing), then the context, which is also
 * its `this`. Params are one value so that the context always stands in the same place: what a client sends can never take it.
 */
export type Handler<Context> = { handle(this: Context, params: never, context: Context): unknown }['handle']

/** Functions by the names that clients call them by. */
export type Methods<Context> = Readonly<Record<string, Handler<Context>>>

/** A handler with a schema for its params. */
export interface Method<Input, Output, Context, Result> {
  /** Called with params that the schema has seen. */
  (this: Context, params: Output, context: Context): Result
  /** The schema: what it refuses is answered with −32602 and never reaches the handler. */
  readonly schema: StandardSchemaV1<Input, Output>
}

/** Gives a handler a Standard Schema for its params. */
export const method = <Input, Output, Context, Result>(
  schema: StandardSchemaV1<Input, Output>,
  handler: (this: Context, params: Output, context: Context) => Result,
): Method<Input, Output, Context, Result> => {
  // A function of its own, so that one handler may stand under two schemas.
  const checked = function (this: Context, params: Output, context: Context): Result {
    return handler.call(this, params, context)
  }
  return Object.assign(checked, { schema })
}

/** A handler as the server runs it. */
export interface RunnableHandler {
  readonly run: (params: unknown, context: object) => unknown
  readonly schema: StandardSchemaV1 | undefined
}

/** A handler made ready to run. */
export const toRunnable = (handler: Handler<never>): RunnableHandler => ({
  run: (params, context) => handler.call(context as never, params as never, context as never),
  schema: (handler as { schema?: StandardSchemaV1 }).schema,
})

/** The methods of a server, by name. A Map: no name that a client sends finds something of Object's. */
export interface MethodTable {
  readonly get: (name: string) => RunnableHandler | undefined
  readonly add: (methods: Methods<never>) => void
}

const reserved = /^(subscribe|unsubscribe|\$\/.*|rpc\..*)$/

/** Creates an empty table. */
export const createMethodTable = (): MethodTable => {
  const table = new Map<string, RunnableHandler>()
  const problemWith = (name: string, handler: unknown): string | undefined => {
    if (typeof handler !== 'function') return `expected "${name}" to be a function, got ${show(handler)}`
    if (reserved.test(name)) return `the name "${name}" is the protocol's own`
    return table.has(name) ? `there is a method "${name}" already` : undefined
  }
  return {
    get: (name) => table.get(name),
    add: (methods) => {
      const entries = Object.entries(methods)
      for (const [name, handler] of entries) {
        const problem = problemWith(name, handler)
        if (problem) throw codedError('invalid_option', `server.methods: ${problem}.`)
      }
      for (const [name, handler] of entries) table.set(name, toRunnable(handler))
    },
  }
}
