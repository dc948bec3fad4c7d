import { codedError, show } from '../internal/errors.js'
import { checkSchema } from './checkSchema.js'
import { createSocketCommands, type SocketCommandCreators } from './commands.js'
import type { Contract, InputOf, MaybeSchema, OutputOf, Plain, SocketSchema } from './contract.js'
import { DEFAULT_NAME } from './creators.js'
import { createEvent, type SocketEventCreators } from './events.js'
import { eventVerbs } from './verbs.js'

/** The actions of one connection. */
export interface SocketActions<C extends Contract = Contract>
  extends SocketCommandCreators<C>, SocketEventCreators<Plain<C['receive']>> {
  /** The connection's name. */
  readonly name: string
  /** The schemas that check both directions. */
  readonly schema?: SocketSchema
  /** The same actions, typed by a {@link Contract}. Its members are optional: what is left out is `unknown`. */
  readonly withTypes: <Typed extends Partial<Contract>>() => SocketActions<CompleteContract<Typed>>
}

/** A contract with `unknown` for what is left out. */
export type CompleteContract<Typed> = {
  /** What is sent. */
  readonly send: Typed extends { readonly send: infer Send } ? Send : unknown
  /** What is received. */
  readonly receive: Typed extends { readonly receive: infer Receive } ? Receive : unknown
}

/** What `createSocketActions` may be given instead of a name. */
export interface SocketActionsOptions<
  Receive extends MaybeSchema = MaybeSchema,
  Send extends MaybeSchema = MaybeSchema,
> {
  /** @default 'default' */
  readonly name?: string
  /**
   * Checks and types both directions: `send` takes what its schema takes, a message is what its schema returns. The middleware needs
   * `schemaFeature`. @default unchecked
   */
  readonly schema?: SocketSchema<Receive, Send>
}

const checkActionOptions = (given: unknown, name: unknown, schema: unknown): void => {
  if (typeof name !== 'string' || !/^[^/]+$/.test(name) || name in {}) {
    throw codedError(
      'invalid_option',
      `createSocketActions: expected a name without a slash that is not a property of every object, got ${show(name)}.`,
    )
  }
  if (schema) checkSchema(schema)
  const unknown =
    typeof given === 'object' && Object.keys(given ?? {}).find((key) => key !== 'name' && key !== 'schema')
  if (unknown) {
    throw codedError(
      'invalid_option',
      `createSocketActions: expected a name, or { name, schema }, got the key ${show(unknown)}.`,
    )
  }
}

/**
 * Creates the actions of a connection: types are `socket/verb` for the default one and `socket:NAME/verb` for a named one; `meta.socket` is the
 * name. With a `schema`, the middleware that is given the actions checks messages with it, and the actions are typed by it. See docs/connections.md.
 * @throws `invalid_option` for a name that is empty or has a slash, and for a malformed schema; in development
 */
export const createSocketActions = <Receive extends MaybeSchema = undefined, Send extends MaybeSchema = undefined>(
  given: string | SocketActionsOptions<Receive, Send> = {},
  // Written out, so that the types of an app that exports the actions name neither its schemas nor their library.
): SocketActions<{ readonly send: InputOf<Send>; readonly receive: OutputOf<Receive> }> => {
  const isOptions = typeof given === 'object' && (given as object | null)
  const { name = DEFAULT_NAME, schema } = (isOptions ? given : { name: given }) as SocketActionsOptions
  if (__DEV__) checkActionOptions(given, name, schema)
  const actions: object = {
    name,
    ...(schema && { schema }),
    ...createSocketCommands(name),
    ...Object.fromEntries(eventVerbs.map((verb) => [verb, createEvent(name, verb)])),
    withTypes: () => actions,
  }
  return actions as never
}
