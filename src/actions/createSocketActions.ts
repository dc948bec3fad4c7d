import type { StandardSchemaV1 } from '@standard-schema/spec'
import { codedError, show } from '../internal/errors.js'
import { createCommands, type SocketCommandCreators } from './commands.js'
import type { Contract, InputOf, MaybeSchema, OutputOf, Plain, SocketSchema } from './contract.js'
import { DEFAULT_NAME, isSocketAction, prefixOf } from './creators.js'
import { createEvent, type SocketEventCreators } from './events.js'

import { isReceived } from './received.js'

export { DEFAULT_NAME, isReceived, isSocketAction, prefixOf }

/** The whole vocabulary of one connection. */
export interface SocketActions<C extends Contract = Contract>
  extends SocketCommandCreators<C>, SocketEventCreators<Plain<C['receive']>> {
  /** The connection's name. */
  readonly name: string
  /** What both directions are checked by. */
  readonly schema?: SocketSchema
  /** The same set, typed by a {@link Contract}. */
  readonly withTypes: <Typed extends Contract>() => SocketActions<Typed>
}

const events = [
  'connecting',
  'opened',
  'message',
  'error',
  'closed',
  'reconnecting',
  'failed',
  'dropped',
  'released',
  'changed',
] as const

/** Refuses what is no pair of Standard Schemas, before the first message finds out. */
export const checkSchema = (schema: unknown): void => {
  const directions = typeof schema === 'object' && schema !== null ? Object.entries(schema) : [['schema', schema]]
  for (const [direction, part] of directions as [string, Partial<StandardSchemaV1> | null | undefined][]) {
    const isKnown = direction === 'receive' || direction === 'send'
    if (isKnown && (part === undefined || typeof part?.['~standard']?.validate === 'function')) continue
    throw codedError(
      'invalid_option',
      __DEV__
        ? `Expected "schema" to be { receive, send } of schemas that follow Standard Schema (zod, valibot, arktype …), got ${direction}: ${show(part)}.`
        : '',
    )
  }
}

/** What `createSocketActions` may be given instead of a name. */
export interface SocketActionsOptions<
  Receive extends MaybeSchema = MaybeSchema,
  Send extends MaybeSchema = MaybeSchema,
> {
  /** @default 'default' */
  readonly name?: string
  /** Checks and types both directions: `send` takes what its schema takes, a message is what its schema gives. @default unchecked */
  readonly schema?: SocketSchema<Receive, Send>
}

/**
 * Creates the actions of a connection: types are `socket/verb` for the default one, `socket:NAME/verb` for a named one, and `meta.socket`
 * is the name. With a `schema`, the middleware that is given the set checks by it, and the set is typed by it.
 * @throws `invalid_option` for a name that is empty or has a slash, and for a schema that is none
 */
export const createSocketActions = <Receive extends MaybeSchema = undefined, Send extends MaybeSchema = undefined>(
  given: string | SocketActionsOptions<Receive, Send> = {},
  // Written out: so the types of an app that exports a set name neither its schemas nor their library.
): SocketActions<{ readonly send: InputOf<Send>; readonly receive: OutputOf<Receive> }> => {
  const { name = DEFAULT_NAME, schema } =
    typeof given === 'object' && (given as object | null) ? given : { name: given as string }
  if (__DEV__ && (typeof name !== 'string' || !/^[^/]+$/.test(name) || name in {})) {
    throw codedError(
      'invalid_option',
      __DEV__
        ? `createSocketActions: expected a name without a slash that is no property of every object, got ${show(name)}.`
        : '',
    )
  }
  const prefix = prefixOf(name)
  if (__DEV__ && schema) checkSchema(schema)
  const unknown =
    __DEV__ &&
    typeof given === 'object' &&
    Object.keys((given as object | null) ?? {}).find((key) => key !== 'name' && key !== 'schema')
  if (unknown) {
    const message = __DEV__
      ? `createSocketActions: expected a name, or { name, schema }, got the key ${show(unknown)}.`
      : ''
    throw codedError('invalid_option', message)
  }
  const actions = {
    name,
    ...(schema && { schema }),
    ...createCommands(name),
    ...(Object.fromEntries(
      events.map((event) => [event, createEvent(name, `${prefix}/${event}`)]),
    ) as unknown as SocketEventCreators<unknown>),
    withTypes: () => actions,
  }
  return actions as never
}
