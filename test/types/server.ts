// The companion server: what is inferred from options, a contract shared by both ends, methods.
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { createSocketActions, createSocketMiddleware } from '../../src/index.js'
import {
  createSocketServer,
  method,
  Refusal,
  shareSocketServer,
  type Bus,
  type CallContext,
  type ChannelPosition,
  type HistoryStore,
  type MessageInfo,
  type Mirror,
  type PathParams,
  type PublishResult,
  type ServerConnection,
  type SocketServer,
  type SocketServerOptions,
  type SocketServerSettings,
} from '../../src/server/index.js'
import type { Equal, Expect } from './expect.js'

interface Chat {
  send: { say: string }
  receive: { said: string; by: string }
}
declare const page: StandardSchemaV1<unknown, { room: string; page: number }>
declare const said: StandardSchemaV1<{ said: string; by: string }>
declare const say: StandardSchemaV1<unknown, { say: string }>

// One definition, both ends.
const actions = createSocketActions().withTypes<Chat>()
export const client = createSocketMiddleware({ actions })
const chat = createSocketServer.withTypes<Mirror<Chat>>()({ port: 0 })
chat.messages.forEach((message, sender) => {
  const same: Expect<Equal<typeof message, Chat['send']>> = true
  sender.send({ said: message.say, by: String(same) })
  // @ts-expect-error -- that is what comes in here
  sender.send({ say: 'x' })
})
chat.broadcast({ said: 'x', by: 'y' }, { except: ({ id }) => id === 'z' })
// @ts-expect-error -- the wrong direction
chat.broadcast({ say: 'x' })
// @ts-expect-error -- the wrong direction at the other end
actions.send({ said: 'x', by: 'y' })

// The members of a contract are optional, at both ends.
createSocketServer
  .withTypes<{ receive: { say: string } }>()({ port: 0 })
  .messages.forEach((message, sender) => {
    const same: Expect<Equal<typeof message, { say: string }>> = true
    return sender.send(same)
  })
export type OneWay = Expect<Equal<Mirror<Pick<Chat, 'send'>>['send'], unknown>>

// Paths, parameters and users are inferred.
export type Groups = Expect<Equal<PathParams<'/rooms/:room/:page'>['page'], string>>
createSocketServer({ port: 0, path: '/rooms/:room' }).on('add', ({ params, user }) => {
  const room: string = params.room
  const none: Expect<Equal<typeof user, undefined>> = true
  // @ts-expect-error -- the path has no such group
  void params.page
  return [room, none]
})
const typed = createSocketServer({
  noServer: true,
  params: page,
  schema: { receive: say, send: said },
  authorize: async (req, { params }) => {
    const parts: Expect<Equal<typeof params, { room: string; page: number }>> = true
    return req.headers.cookie !== undefined && (await Promise.resolve({ name: 'Ada', parts }))
  },
  handler: async (connection) => {
    for await (const message of connection.messages) connection.send({ said: message.say, by: connection.user.name })
  },
})
typed.on('add', (connection) => {
  const exact: Expect<Equal<(typeof connection)['params'], { room: string; page: number }>> = true
  const name: string = connection.user.name
  connection.send({ said: name, by: String(exact) })
  // @ts-expect-error -- a schema types what is sent
  connection.send({ said: 1, by: name })
})
typed.onMessage('posts', (payload, sender) => [payload, sender.user.name])
typed.onMessage('posts', (_payload, _sender, info) => {
  type Info = Expect<Equal<typeof info, MessageInfo>>
  return (): Info => true
})
// @ts-expect-error -- an app message is not an event
typed.on('posts', () => {})

// Methods: the context is typed, and `typeof` tells a client what to call.
const functions = typed.methods({
  add: ([a, b]: [number, number]) => a + b,
  me: (_params: undefined, { user, signal, push }) => [user.name, signal.aborted, push(1)] as const,
  page: method(page, ({ room }, { user }: { user: { name: string } }) => `${room} ${user.name}`),
  // The context of a handler with a schema is typed by where it stands.
  whole: method(page, ({ page: number }, { user }) => `${number} ${user.name}`),
})
/** The types that a remote of the client gives them. */
type Remote<F> = {
  [Name in keyof F]: F[Name] extends (params: infer Params, ...rest: never[]) => infer Result
    ? (params: Params) => Promise<Awaited<Result>>
    : never
}
export type Add = Expect<Equal<Remote<typeof functions>['add'], (params: [number, number]) => Promise<number>>>
export type Page = Expect<Equal<Parameters<Remote<typeof functions>['page']>, [{ room: string; page: number }]>>
// @ts-expect-error -- a method is a function
typed.methods({ no: 1 })
typed.methods({
  // @ts-expect-error -- the user has no such name
  other: (_params: undefined, { user }) => void user.surname,
})

export const plain: SocketServer = shareSocketServer().get()
export const connection = (one: ServerConnection): unknown => one.params

// @ts-expect-error -- where to listen?
createSocketServer({})
// @ts-expect-error -- a limit is a number
createSocketServer({ port: 0, maxPayload: '1mb' })
// @ts-expect-error -- 'close' or 'drop'
createSocketServer({ port: 0, slowConsumer: 'wait' })
// @ts-expect-error -- one target
createSocketServer({ port: 0, noServer: true })
// @ts-expect-error -- a host belongs to a port
createSocketServer({ noServer: true, host: '127.0.0.1' })
// @ts-expect-error -- an unknown option
createSocketServer({ port: 0, autorize: () => true })
// @ts-expect-error -- an unknown option inside another
createSocketServer({ port: 0, rate: { persecond: 1 } })
// @ts-expect-error -- one object of options
createSocketServer({ port: 0 }, { maxPayload: 1 })
// Every option of ws is known.
createSocketServer({
  port: 0,
  backlog: 1,
  maxFragments: 1,
  maxPendingAutoPongs: 1,
  perMessageDeflate: { threshold: 1 },
})
// The groups of a path type the params that authorize gets.
createSocketServer({
  path: '/rooms/:room',
  authorize: (_req, { params }) => {
    const room: Expect<Equal<typeof params, { readonly room: string }>> = true
    return { room }
  },
  noServer: true,
})
// Only a documented yes lets a client in, and the types refuse the rest.
createSocketServer({ noServer: true, authorize: () => (Math.random() > 0.5 ? new Refusal(4403) : { id: 1 }) }).on(
  'add',
  ({ user }) => user.id satisfies number,
)
createSocketServer({ noServer: true, authorize: async () => await Promise.resolve('Ada') }).on(
  'add',
  ({ user }) => user satisfies string,
)
// @ts-expect-error -- undefined
createSocketServer({ noServer: true, authorize: () => {} })
// @ts-expect-error -- a promise of undefined
createSocketServer({ noServer: true, authorize: async () => {} })
// @ts-expect-error -- null, where there is no user
createSocketServer({ noServer: true, authorize: (): { id: number } | null => null })
// @ts-expect-error -- an Error
createSocketServer({ noServer: true, authorize: () => new Error('no') })
// @ts-expect-error -- a list, such as the rows of a query
createSocketServer({ noServer: true, authorize: (): readonly { id: number }[] => [] })
// @ts-expect-error -- a function
createSocketServer({ noServer: true, authorize: () => () => true })
// A time of expiry is a Date, milliseconds or left out.
createSocketServer({ noServer: true, authorize: () => ({ id: 1, expiresAt: new Date() }) })
createSocketServer({ noServer: true, authorize: async () => await Promise.resolve({ id: 1, expiresAt: 1e12 }) })
createSocketServer({ noServer: true, authorize: (): { id: number; expiresAt?: Date | undefined } => ({ id: 1 }) })
// @ts-expect-error null is not a time
createSocketServer({ noServer: true, authorize: () => ({ id: 1, expiresAt: null }) })
// @ts-expect-error a text is not a time
createSocketServer({ noServer: true, authorize: () => ({ id: 1, expiresAt: '2030-01-01' }) })
// @ts-expect-error the same of a promise
createSocketServer({ noServer: true, authorize: async () => await Promise.resolve({ id: 1, expiresAt: '2030-01-01' }) })
// @ts-expect-error -- a text
createSocketServer({ noServer: true, authorizeChannel: () => 'denied' })
// @ts-expect-error -- an Error
createSocketServer({ noServer: true, authorizeChannel: async () => await Promise.resolve(new Error('no')) })

// Options that stand in a variable.
const options: SocketServerOptions = { port: 0, path: '/ws', authorize: () => true }
createSocketServer(options)
const settings: SocketServerSettings = { maxBatch: 1 }
createSocketServer({ ...settings, noServer: true })

// What is written for any server, connection or caller takes each.
export const anybody = (server: SocketServer): number => server.count()
anybody(typed)
anybody(chat)
typed.on('add', (one) => connection(one))
typed.methods({ any: (_params: undefined, { push }: CallContext) => push(1) })

// The members of a channel: the option gets the connection with the type of its user.
const rooms = createSocketServer({
  port: 0,
  authorize: () => ({ name: 'Ada' }),
  presence: ({ user }, channel) => (channel === 'x' ? { id: user.name, info: 7 } : undefined),
})
rooms.on('join', (channel: string, { id }) => id + channel)
// @ts-expect-error -- a member needs an id
createSocketServer({ port: 0, presence: () => ({ info: 7 }) })
// @ts-expect-error -- a socket of a browser is no socket of a server
rooms.attach({} as { addEventListener: () => void }, { headers: {}, socket: {} })

createSocketServer({
  noServer: true,
  authorize: () => ({ id: 'ada' }),
  session: { owner: (user) => user.id, ttl: 1000 },
})
// @ts-expect-error -- the owner is a text
createSocketServer({ noServer: true, authorize: () => ({ id: 1 }), session: { owner: (user) => user.id } })
createSocketServer({
  noServer: true,
  authorize: () => ({ id: 'ada' }),
  // @ts-expect-error -- the user has no such member
  session: { owner: (user) => String(user.name) },
})
// @ts-expect-error -- an unknown member
createSocketServer({ noServer: true, session: { timeToLive: 1 } })
createSocketServer({ noServer: true, session: {} }).on('suspend', ({ data, isSuspended, flush }, { reason }) => {
  void (data satisfies Record<string, unknown>)
  void (isSuspended satisfies boolean)
  void (flush satisfies () => Promise<boolean>)
  void (reason satisfies string)
})
// Channels with history.
rooms.channel('rooms/:room', { history: { size: 10, ttl: 1_000 } })
// @ts-expect-error -- a history needs a size
rooms.channel('rooms/:room', { history: { ttl: 1_000 } })
// @ts-expect-error -- there is no channel without options
rooms.channel('rooms/:room')
rooms.publish('news', 1).then(({ reached, epoch, offset }: PublishResult) => {
  reached satisfies number
  epoch satisfies string | undefined
  offset satisfies number | undefined
}, String)
rooms.position('news').then((at) => at satisfies ChannelPosition, String)
// A bus of one's own may have histories.
export const withHistory = (bus: Bus, history: HistoryStore): Bus => ({ ...bus, history })
