// The server of the page "Live posts": an HTTP API over a database, and a WebSocket server that sends every write to all pages.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { createSocketServer, type Bus } from '../../src/server/index.js'
import type { PostChange } from '../src/posts/post.js'
import { openPostRepository, type PostRepository } from './repository.js'
import { createPostRoutes } from './routes.js'

export { isSameOrigin } from './http.js'

export interface PostsOptions {
  /** A path, or `:memory:`. */
  readonly database: string
  /** Called with errors that no response reports. */
  readonly onError: (message: string, error: unknown) => void
  /** Connects this server to others of its kind. @default none */
  readonly bus?: Bus
  /** Called with every write, after it is published to the pages. */
  readonly onChange?: (change: PostChange) => void
}

export interface Posts extends Pick<PostRepository, 'list'> {
  /** Writes a post and publishes it, as `POST /posts` does. */
  readonly create: PostRepository['create']
  /** Changes a post and publishes it, as `PATCH /posts/:id` does. */
  readonly update: PostRepository['update']
  /** Answers requests for `/posts` and below. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  /** Handles upgrade requests for `/posts/live`. */
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  readonly close: () => Promise<void>
}

/** Opens the database. Throws what `openDatabase` throws. */
export function createPosts({ database, onError, bus, onChange }: PostsOptions): Posts {
  const repository = openPostRepository(database)
  const live = createSocketServer({
    noServer: true,
    path: '/posts/live',
    // A page that was cut off for less than two minutes gets what it missed, and goes on.
    session: {},
    authorizeChannel: (_connection, channel) => channel === 'posts',
    onError: ({ code, message, error }) => onError(`${code}: ${message}`, error),
    ...(bus && { bus }),
  })
  // A page that was disconnected gets what it missed.
  live.channel('posts', { history: { size: 1_000, ttl: 600_000 } })
  // Every page of every node receives the same change, the writer's page included.
  const publish = (change: PostChange) => {
    void live.publish('posts', change)
    onChange?.(change)
  }
  return {
    handle: createPostRoutes({ repository, onError, publish }),
    list: repository.list,
    create: (draft) => {
      const post = repository.create(draft)
      publish({ action: 'create', post })
      return post
    },
    update: (id, edit) => {
      const post = repository.update(id, edit)
      if (post) publish({ action: 'update', post })
      return post
    },
    handleUpgrade: live.handleUpgrade,
    close: async () => {
      await live.close({ within: 0 })
      repository.close()
    },
  }
}
