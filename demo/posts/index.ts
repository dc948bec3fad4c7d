// The server side of the page “Live posts”: an HTTP API over a database, and a WebSocket server that tells all pages of every write.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { createSocketServer, type Bus } from '../../src/server/index.js'
import { postMessageSchema, type PostChange } from '../src/posts/post.js'
import { openPostRepository, type PostRepository } from './repository.js'
import { createPostRoutes } from './routes.js'

export { isSameOrigin } from './http.js'

export interface PostsOptions {
  /** A path, or `:memory:`. */
  readonly database: string
  /** Told of what goes wrong and no answer says. */
  readonly report: (what: string, error: unknown) => void
  /** Joins this server with its like on other machines. @default none */
  readonly bus?: Bus
  /** Told of every write, as all pages are. @default nobody */
  readonly onChange?: (change: PostChange) => void
}

export interface Posts extends Pick<PostRepository, 'list'> {
  /** As `POST /posts` does: told to all pages once it is on the disk. */
  readonly create: PostRepository['create']
  /** As `PATCH /posts/:id` does. */
  readonly update: PostRepository['update']
  /** Answers `/posts` and below. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  /** Takes the upgrade requests for `/posts/live`. */
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  readonly close: () => Promise<void>
}

/** Opens the database, and fails as `openDatabase` does. */
export function createPosts({ database, report, bus, onChange }: PostsOptions): Posts {
  const repository = openPostRepository(database)
  const live = createSocketServer(
    { noServer: true, path: '/posts/live' },
    {
      schema: { send: postMessageSchema },
      onError: ({ code, message, error }) => report(`${code}: ${message}`, error),
      ...(bus && { bus }),
    },
  )
  // A named event to every page of every node, that of the writer included: all hear of a write in the same way.
  const publish = (change: PostChange) => {
    live.emit('posts', change)
    onChange?.(change)
  }
  return {
    handle: createPostRoutes({ repository, report, publish }),
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
