import type { IncomingMessage, ServerResponse } from 'node:http'
import * as v from 'valibot'
import { MAX_PAGE_SIZE, newPostSchema, postEditSchema, type Post, type PostChange } from '../src/posts/post.js'
import { HttpError, readWrite, sendJson } from './http.js'
import type { PostRepository } from './repository.js'

const MAX_BODY_BYTES = 64 * 1024

export interface PostRoutesOptions {
  readonly repository: PostRepository
  /** Tells all pages. What it throws or rejects with is reported; nobody waits for it. */
  readonly publish: (change: PostChange) => unknown
  /** Told of what fails and is nobody's fault who asked. */
  readonly report: (what: string, error: unknown) => void
}

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * `GET /posts`, `POST /posts` and `PATCH /posts/:id`, as a request listener that never rejects.
 * A write is told to all pages once it is on the disk, and only then answered. That telling fails costs no answer: the post is written.
 */
export function createPostRoutes({ repository, publish, report }: PostRoutesOptions) {
  const tell = (change: PostChange) => {
    const fail = (error: unknown) => report(`post ${change.post.id} was written, but not told to the pages`, error)
    try {
      Promise.resolve(publish(change)).catch(fail)
    } catch (error) {
      fail(error)
    }
  }
  const written = (action: PostChange['action'], post: Post, answer: Omit<Answer, 'body'>): Answer => {
    tell({ action, post })
    return { ...answer, body: post }
  }

  const list = (query: URLSearchParams): Answer => {
    const before = countOf(query, 'before', Number.MAX_SAFE_INTEGER)
    return { status: 200, body: repository.list({ before, limit: countOf(query, 'limit', MAX_PAGE_SIZE) }) }
  }
  const create = async (request: IncomingMessage): Promise<Answer> => {
    const post = repository.create(parse(newPostSchema, await readWrite(request, MAX_BODY_BYTES)))
    return written('create', post, { status: 201, headers: { location: `/posts/${post.id}` } })
  }
  const update = async (request: IncomingMessage, id: number): Promise<Answer> => {
    const post = repository.update(id, parse(postEditSchema, await readWrite(request, MAX_BODY_BYTES)))
    if (!post) throw new HttpError(404, `There is no post ${id}.`)
    return written('update', post, { status: 200 })
  }

  const answer = (request: IncomingMessage): Answer | Promise<Answer> => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://demo')
    if (pathname === '/posts') {
      if (request.method === 'GET') return list(searchParams)
      if (request.method === 'POST') return create(request)
      throw notAllowed('GET, POST')
    }
    // As many digits as a safe integer surely has.
    const id = /^\/posts\/([1-9]\d{0,14})$/.exec(pathname)?.[1]
    if (id === undefined) throw new HttpError(404, 'There is nothing here. Posts are at /posts and /posts/:id.')
    if (request.method === 'PATCH') return update(request, Number(id))
    throw notAllowed('PATCH')
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const { status, body, headers } = await answer(request)
      sendJson(request, response, status, body, headers)
    } catch (error) {
      // Nobody is left to answer.
      if (response.destroyed) return
      if (error instanceof HttpError) {
        const { status, message, issues, headers } = error
        return sendJson(request, response, status, { error: message, issues }, headers)
      }
      report(`${request.method} ${request.url} failed`, error)
      sendJson(request, response, 500, { error: 'The server failed; its terminal says why.' })
    }
  }
}

const notAllowed = (allow: string) => new HttpError(405, `Use ${allow.replace(', ', ' or ')}.`, { headers: { allow } })

/** A count in the query; `undefined` where there is none. */
function countOf(query: URLSearchParams, name: string, max: number): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value
  throw new HttpError(400, `"${name}" must be a whole number from 1 to ${max}.`)
}

function parse<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const issues = result.issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', message: issue.message }))
  const sentences = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  throw new HttpError(400, `The post is not valid. ${sentences.join(' ')}`, { issues })
}
