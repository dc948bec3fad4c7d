import { setTimeout } from 'node:timers/promises'
import * as v from 'valibot'
import { method, RpcError, type CallContext } from '../../src/server/index.js'
import type { PostRepository } from '../posts/repository.js'
import { newPostSchema, postEditSchema, type Post, type PostPage } from '../src/posts/post.js'
import type { createClocks } from './clocks.js'
import { createNaps } from './naps.js'

const BALANCE = 30

const seconds = v.pipe(v.number(), v.minValue(0), v.maxValue(10))
const ticket = v.pipe(v.string(), v.maxLength(64))

export interface MethodsOptions {
  readonly posts: Pick<PostRepository, 'list' | 'create' | 'update'>
  readonly clocks: Pick<ReturnType<typeof createClocks>, 'count'>
  /** Cuts all connections off, refuses new ones for some seconds, and says how many it were. */
  readonly cut: (seconds: number) => number
}

/** What the page may call. It imports nothing of this but the type. */
export function createMethods({ posts, clocks, cut }: MethodsOptions) {
  const naps = createNaps()
  return {
    add: method(v.tuple([v.number(), v.number()]), ([a, b]) => a + b),

    sleep: method(v.strictObject({ seconds, ticket }), (nap, { signal }: CallContext) =>
      naps.begin(nap.ticket, nap.seconds, signal),
    ),
    /** What became of a `sleep`, also of one that was given up; waits for its end. */
    endOfSleep: method(v.strictObject({ ticket }), (nap) => naps.endOf(nap.ticket)),

    /** How many of them the server is at, for all pages together. */
    countSleeps: (): number => naps.count(),

    withdraw: method(v.strictObject({ amount: v.pipe(v.number(), v.minValue(0)) }), ({ amount }) => {
      if (amount <= BALANCE) return { left: BALANCE - amount }
      throw new RpcError(402, 'There is not enough money.', { balance: BALANCE, missing: amount - BALANCE })
    }),

    /** How many clocks the server runs, for all pages together. */
    countClocks: (): number => clocks.count(),

    cutConnections: method(v.strictObject({ seconds }), (outage) => cut(outage.seconds)),

    listPosts: (): PostPage => posts.list(),

    addPost: method(newPostSchema, (post): Post => posts.create(post)),

    /** Waits for some seconds before it writes, and does not write when it is cancelled, or the caller gone, until then. */
    editPost: method(
      v.strictObject({ id: v.number(), edit: postEditSchema, seconds: v.optional(seconds, 0) }),
      async ({ id, edit, ...wait }, { signal }: CallContext): Promise<Post> => {
        await setTimeout(wait.seconds * 1000, undefined, { signal })
        const post = posts.update(id, edit)
        if (!post) throw new RpcError(404, `There is no post ${id}.`)
        return post
      },
    ),
  }
}

export type Functions = ReturnType<typeof createMethods>
