import type { StandardSchemaV1 } from '@standard-schema/spec'
import { codedError, show } from '../../internal/errors.js'

/**
 * A function that clients call. It gets the `params` of the call as they were sent (an object, an array or nothing), then the context, which
 * is also its `this`. The params are one value so that the context has a fixed place: a client cannot send something in its place.
 */
export type Handler<Context> = { handle(this: Context, params: never, context: Context): unknown }['handle']

/** Functions that clients call, by name. */
export type Methods<Context> = Readonly<Record<string, Handler<Context>>>

/** A handler with a schema for its params. */
export interface Method<Input, Output, Context, Result> {
  /** Called with the output of the schema. */
  (this: Context, params: Output, context: Context): Result
  /** Validates the params. A call that it rejects is replied to with −32602 and never reaches the handler. */
  readonly schema: StandardSchemaV1<Input, Output>
}

/** Gives a handler a Standard Schema for its params. See docs/server.md. */
export const method = <Input, Output, Context, Result>(
  schema: StandardSchemaV1<Input, Output>,
  handler: (this: Context, params: Output, context: Context) => Result,
): Method<Input, Output, Context, Result> => {
  // A new function, so that one handler can be used with two schemas.
  const withSchema = function (this: Context, params: Output, context: Context): Result {
    return handler.call(this, params, context)
  }
  return Object.assign(withSchema, { schema })
}

/** A handler as the server runs it. */
export interface RunnableHandler {
  readonly run: (params: unknown, context: object) => unknown
  readonly schema: StandardSchemaV1 | undefined
}

/** Creates a runnable handler. */
export const toRunnable = (handler: Handler<never>): RunnableHandler => ({
  run: (params, context) => handler.call(context as never, params as never, context as never),
  schema: (handler as { schema?: StandardSchemaV1 }).schema,
})

/** The methods of a server, by name. */
export interface MethodTable {
  readonly get: (name: string) => RunnableHandler | undefined
  /** @throws `invalid_option` for a name that is taken or reserved */
  readonly add: (methods: Methods<never>) => void
}

const reserved = /^(subscribe|unsubscribe|\$\/.*|rpc\..*)$/

/** Creates an empty table. */
export const createMethodTable = (): MethodTable => {
  // A Map, because a name sent by a client must not find a member of Object.prototype.
  const table = new Map<string, RunnableHandler>()
  const problemOfMethod = (name: string, handler: unknown): string | undefined => {
    if (typeof handler !== 'function') return `expected "${name}" to be a function, got ${show(handler)}`
    if (reserved.test(name)) return `expected another name than "${name}", which the protocol reserves`
    return table.has(name) ? `expected another name than "${name}", which has a method already` : undefined
  }
  return {
    get: (name) => table.get(name),
    add: (methods) => {
      const entries = Object.entries(methods)
      for (const [name, handler] of entries) {
        const problem = problemOfMethod(name, handler)
        if (problem) throw codedError('invalid_option', `server.methods: ${problem}.`)
      }
      for (const [name, handler] of entries) table.set(name, toRunnable(handler))
    },
  }
}
