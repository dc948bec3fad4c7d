import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openPostRepository } from '../../../demo/posts/repository.js'
import { createPostRoutes, type PostRoutesOptions } from '../../../demo/posts/routes.js'
import { request, type Reply } from './postsServer.js'

interface HttpServer extends AsyncDisposable {
  readonly http: Server
  readonly url: string
}

export const serve = async (listener: RequestListener): Promise<HttpServer> => {
  const http = createServer(listener)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    http,
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

interface Routes extends AsyncDisposable {
  readonly url: string
  /** Writes, publications and responses, in order. */
  readonly steps: readonly string[]
  /** The calls of `onError`. */
  readonly errors: readonly string[]
  readonly request: <Body = { error: string }>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Reply<Body>>
}

/** Serves the routes of the posts, which are kept in memory. */
export const startRoutes = async (options: Partial<PostRoutesOptions> = {}): Promise<Routes> => {
  const repository = openPostRepository(':memory:')
  const steps: string[] = []
  const errors: string[] = []
  const handle = createPostRoutes({
    repository: {
      ...repository,
      create: (post) => {
        steps.push('write')
        return repository.create(post)
      },
      update: (id, edit) => {
        steps.push('write')
        return repository.update(id, edit)
      },
    },
    publish: ({ action, post }) => {
      // The post can be read when it is published.
      const stored = repository.list().posts.find(({ id }) => id === post.id)
      steps.push(`publish ${action} ${stored?.title} ${stored?.version}`)
    },
    onError: (message, error) => void errors.push(`${message}: ${(error as Error).message}`),
    ...options,
  })
  const server = await serve((incoming, response) => {
    const end = response.end.bind(response)
    response.end = ((chunk: string) => {
      steps.push(`reply ${response.statusCode}`)
      return end(chunk)
    }) as typeof response.end
    void handle(incoming, response)
  })
  return {
    steps,
    errors,
    url: server.url,
    request: async (method, path, body, headers) => await request(server.url + path, method, body, headers),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      repository.close()
    },
  }
}
