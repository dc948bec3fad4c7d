import { setTimeout } from 'node:timers/promises'
import * as v from 'valibot'
import { method, RpcError, type CallContext, type ChannelPosition } from '../../src/server/index.js'
import type { PostRepository } from '../posts/repository.js'
import { newPostSchema, postEditSchema, type Post, type PostPage } from '../src/posts/post.js'
import type { createClocks } from './clocks.js'
import { createSleeps } from './sleeps.js'
import { tell } from './story.js'

const BALANCE = 30

const seconds = v.pipe(v.number(), v.minValue(0), v.maxValue(10))
const topic = v.pipe(v.string(), v.minLength(1), v.maxLength(40))
const ticket = v.pipe(v.string(), v.maxLength(64))

export interface MethodsOptions {
  readonly posts: Pick<PostRepository, 'list' | 'create' | 'update'>
  readonly clocks: Pick<ReturnType<typeof createClocks>, 'count'>
  /** Cuts all connections, refuses new ones for some seconds, and returns how many were cut. Sessions stay. */
  readonly cut: (seconds: number) => number
  /** The position of the channel of the posts. */
  readonly postsPosition: () => Promise<ChannelPosition>
}

/** Creates the functions that the page calls. The page imports only their type. */
export function createMethods({ posts, clocks, cut, postsPosition }: MethodsOptions) {
  const sleeps = createSleeps()
  return {
    add: method(v.tuple([v.number(), v.number()]), ([a, b]) => a + b),

    sleep: method(v.strictObject({ seconds, ticket }), (params, { signal }: CallContext) =>
      sleeps.start(params.ticket, params.seconds, signal),
    ),
    /** Waits for the end of a `sleep`, also of one that was aborted, and returns its outcome. */
    sleepOutcome: method(v.strictObject({ ticket }), (params) => sleeps.outcomeOf(params.ticket)),

    /** The number of running sleeps of all pages. */
    countSleeps: (): number => sleeps.count(),

    /** Tells a story word by word. Returns how many words it has. */
    tell: method(v.strictObject({ about: topic }), ({ about }, { signal }: CallContext) => tell(about, signal)),

    withdraw: method(v.strictObject({ amount: v.pipe(v.number(), v.minValue(0)) }), ({ amount }) => {
      if (amount <= BALANCE) return { left: BALANCE - amount }
      throw new RpcError(402, 'Insufficient funds.', { balance: BALANCE, missing: amount - BALANCE })
    }),

    /** The number of running clocks of all pages. */
    countClocks: (): number => clocks.count(),

    cutConnections: method(v.strictObject({ seconds }), (params) => cut(params.seconds)),

    /** The newest posts, with their position. Posts are written and published in one task, so both are read in one. */
    listPosts: async (): Promise<{ readonly data: PostPage; readonly at: ChannelPosition }> => {
      const at = postsPosition()
      const data = posts.list()
      return { data, at: await at }
    },

    addPost: method(newPostSchema, (post): Post => posts.create(post)),

    /** Waits for some seconds, then writes. Writes nothing when the call is cancelled or its connection closes before. */
    editPost: method(
      v.strictObject({ id: v.number(), edit: postEditSchema, seconds: v.optional(seconds, 0) }),
      async ({ id, edit, ...wait }, { signal }: CallContext): Promise<Post> => {
        await setTimeout(wait.seconds * 1000, undefined, { signal })
        const post = posts.update(id, edit)
        if (!post) throw new RpcError(404, `Post ${id} does not exist.`)
        return post
      },
    ),
  }
}

export type Functions = ReturnType<typeof createMethods>
