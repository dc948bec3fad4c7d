/** The name of the default connection. */
export const DEFAULT_NAME = 'default'

/** What the types of a connection's actions begin with, before the slash. */
export const prefixOf = (name: string): string => (name === DEFAULT_NAME ? 'socket' : `socket:${name}`)

/** The connection's name in an action's `meta.socket`, if there is one. */
export const socketNameOf = (action: unknown): string | undefined =>
  (action as { meta?: { socket?: string } } | null | undefined)?.meta?.socket

/** Whether an action belongs to a connection: its type and its `meta.socket` agree. With a `name`, to that connection. */
export const isSocketAction = (
  action: unknown,
  name?: string,
): action is { readonly type: string; readonly payload: unknown; readonly meta: { readonly socket: string } } => {
  const socket = socketNameOf(action)
  return (
    typeof socket === 'string' &&
    (name ?? socket) === socket &&
    // A type may be anything.
    (action as { type?: { startsWith?: (start: string) => boolean } | null }).type?.startsWith?.(
      `${prefixOf(socket)}/`,
    ) === true
  )
}

/** Gives a creator its type, and a `match` for which the type and the connection's name must agree. */
export const withMatch = <Creator extends (...args: never[]) => unknown>(
  socket: string,
  type: string,
  creator: Creator,
) =>
  Object.assign(creator, {
    type,
    toString: () => type,
    match: (action: unknown) =>
      (action as { type?: unknown } | null | undefined)?.type === type && socketNameOf(action) === socket,
  })

/** Creates a creator of commands. `run` is the code that the command carries. Not `createAction`: with a `prepare` it takes twice as long. */
export const creatorOf = <Args extends unknown[]>(
  socket: string,
  verb: string,
  toPayload: (...args: Args) => unknown,
  run?: unknown,
) => {
  const type = `${prefixOf(socket)}/${verb}`
  const meta = run ? { socket, run } : { socket }
  return withMatch(socket, type, (...args: Args) => ({ type, payload: toPayload(...args), meta }))
}
