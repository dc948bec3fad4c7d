import { codedError, show } from '../internal/errors.js'
import { wholeMatcher } from '../internal/wholeMatcher.js'

/** An action, as rules see it. */
export interface ActionLike {
  /** What most rules look at. */
  readonly type: string
  /** Of a received message: whatever the server sent. */
  readonly payload?: unknown
  /** Whether the action carries an error (Flux Standard Action). */
  readonly error?: unknown
  /** Never crosses the wire, in either direction. */
  readonly meta?: unknown
}

/**
 * Which actions are meant: an action creator (or anything else with `type` and `match`), a type, a RegExp that must match the whole type
 * (`/posts\/.+/`), or a predicate.
 */
export type Rule =
  | { readonly type: string; readonly match: (action: never) => boolean }
  | string
  | RegExp
  | ((action: ActionLike) => boolean)

type Predicate = (action: ActionLike) => boolean

const toPredicate = (rule: unknown, place: string): Predicate => {
  if (typeof rule === 'string') return ({ type }) => type === rule
  if (rule instanceof RegExp) {
    const matches = wholeMatcher(rule)
    return ({ type }) => matches(type)
  }
  // An action creator is a function as well, so its `match` comes first.
  const matcher = rule as { match?: unknown } | null
  if (typeof matcher?.match === 'function') return (action) => (matcher as { match: Predicate }).match(action)
  if (typeof rule === 'function') return rule as Predicate
  throw codedError(
    'invalid_option',
    __DEV__ ? `${place}: expected action creators, types, RegExps or predicates, got ${show(rule)}.` : '',
  )
}

/** Whether a message, of any shape, looks like an action. */
export const isActionLike = (message: unknown): message is ActionLike =>
  typeof message === 'object' && message !== null && typeof (message as ActionLike).type === 'string'

/** One predicate of messages out of a rule; `undefined` for all. Types and RegExps only match messages that look like actions. */
export const toMessageMatcher = (rule: unknown): ((message: unknown) => boolean) | undefined => {
  if (rule === undefined) return undefined
  const predicate = toPredicate(rule, 'socketListen')
  const needsType = typeof rule === 'string' || rule instanceof RegExp
  return (message) => (!needsType || isActionLike(message)) && predicate(message as ActionLike)
}

/** One predicate out of a rule or several; `undefined` for an empty list. */
export const toMatcher = (rules: Rule | readonly Rule[] | undefined, option: string): Predicate | undefined => {
  if (rules === undefined) return undefined
  const predicates = ([] as unknown[])
    .concat(rules)
    .map((rule) => toPredicate(rule, __DEV__ ? `createSocketMiddleware: "${option}"` : option))
  return predicates.length ? (action) => predicates.some((matches) => matches(action)) : undefined
}

/** The members of an action that cross the wire, and `meta`. Most actions have a payload and no error: no spread, because every message passes here. */
export const pickMembers = (
  action: ActionLike,
  meta: object,
): { readonly type: string; readonly payload?: unknown; readonly error?: unknown; readonly meta: object } => {
  const { type, payload, error } = action
  if ('payload' in action && !('error' in action)) return { type, payload, meta }
  return { type, ...('payload' in action && { payload }), ...('error' in action && { error }), meta }
}
