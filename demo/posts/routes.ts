import type { IncomingMessage, ServerResponse } from 'node:http'
import * as v from 'valibot'
import { MAX_PAGE_SIZE, newPostSchema, postEditSchema, type PostChange } from '../src/posts/post.js'
import { HttpError, readWrite, sendJson } from './http.js'
import type { PostRepository } from './repository.js'

const MAX_BODY_BYTES = 64 * 1024

export interface PostRoutesOptions {
  readonly repository: PostRepository
  /** Sends a change to all pages. Errors and rejections go to `onError`; the response does not wait for it. */
  readonly publish: (change: PostChange) => unknown
  /** Called with errors that the client did not cause. */
  readonly onError: (message: string, error: unknown) => void
}

interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Creates a request listener for `GET /posts`, `POST /posts` and `PATCH /posts/:id`. It never rejects.
 * A write is stored, then published to the pages, then answered. It is answered with success when publishing fails.
 */
export function createPostRoutes(options: PostRoutesOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const { status, body, headers } = await reply(request, options)
      sendJson(request, response, status, body, headers)
    } catch (error) {
      // The client has closed the connection.
      if (response.destroyed) return
      if (error instanceof HttpError) {
        const { status, message, issues, headers } = error
        return sendJson(request, response, status, { error: message, issues }, headers)
      }
      options.onError(`${request.method} ${request.url} failed`, error)
      sendJson(request, response, 500, { error: 'The server failed. See its terminal for the error.' })
    }
  }
}

function reply(request: IncomingMessage, options: PostRoutesOptions): Reply | Promise<Reply> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://demo')
  if (pathname === '/posts') {
    if (request.method === 'GET') return list(searchParams, options)
    if (request.method === 'POST') return create(request, options)
    throw notAllowed('GET, POST')
  }
  // 15 digits always fit a safe integer.
  const id = /^\/posts\/([1-9]\d{0,14})$/.exec(pathname)?.[1]
  if (id === undefined) throw new HttpError(404, 'Not found. Posts are at /posts and /posts/:id.')
  if (request.method === 'PATCH') return update(request, Number(id), options)
  throw notAllowed('PATCH')
}

function list(query: URLSearchParams, { repository }: PostRoutesOptions): Reply {
  const before = readCount(query, 'before', Number.MAX_SAFE_INTEGER)
  return { status: 200, body: repository.list({ before, limit: readCount(query, 'limit', MAX_PAGE_SIZE) }) }
}

async function create(request: IncomingMessage, options: PostRoutesOptions): Promise<Reply> {
  const post = options.repository.create(parse(newPostSchema, await readWrite(request, MAX_BODY_BYTES)))
  publishSafely({ action: 'create', post }, options)
  return { status: 201, body: post, headers: { location: `/posts/${post.id}` } }
}

async function update(request: IncomingMessage, id: number, options: PostRoutesOptions): Promise<Reply> {
  const post = options.repository.update(id, parse(postEditSchema, await readWrite(request, MAX_BODY_BYTES)))
  if (!post) throw new HttpError(404, `Post ${id} does not exist.`)
  publishSafely({ action: 'update', post }, options)
  return { status: 200, body: post }
}

function publishSafely(change: PostChange, { publish, onError }: PostRoutesOptions): void {
  const fail = (error: unknown) => onError(`post ${change.post.id} was written but could not be published`, error)
  try {
    Promise.resolve(publish(change)).catch(fail)
  } catch (error) {
    fail(error)
  }
}

const notAllowed = (allow: string) => new HttpError(405, `Use ${allow.replace(', ', ' or ')}.`, { headers: { allow } })

/** Reads a positive integer of the query; `undefined` when it is absent. */
function readCount(query: URLSearchParams, name: string, max: number): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value
  throw new HttpError(400, `Expected "${name}" to be a whole number from 1 to ${max}.`)
}

function parse<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const issues = result.issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', message: issue.message }))
  const sentences = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  throw new HttpError(400, `The post is not valid. ${sentences.join(' ')}`, { issues })
}
