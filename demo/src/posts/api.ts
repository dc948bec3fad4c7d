// The posts over HTTP. Every function rejects with an error whose message can be shown to the user.
import * as v from 'valibot'
import { postPageSchema, postSchema, type NewPost, type Post, type PostEdit, type PostPage } from './post.js'

const TIMEOUT_MS = 10_000

const errorSchema = v.object({ error: v.string() })

async function request<Schema extends v.GenericSchema>(
  schema: Schema,
  path: string,
  init: RequestInit = {},
): Promise<v.InferOutput<Schema>> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const response = await fetch(path, { ...init, signal }).catch(() => {
    throw new Error(signal.aborted ? 'The server did not respond in time.' : 'The server cannot be reached.')
  })
  const body = (await response.json().catch(() => undefined)) as unknown
  const parsed = v.safeParse(schema, body)
  if (response.ok && parsed.success) return parsed.output
  throw new Error(v.is(errorSchema, body) ? body.error : `The server sent an unexpected response (${response.status}).`)
}

const write = (method: string, path: string, body: object): Promise<Post> =>
  request(postSchema, path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

/** Fetches the newest posts, or the newest ones older than the post `before`. */
export const fetchPosts = (limit: number, before?: number): Promise<PostPage> =>
  request(postPageSchema, `/posts?limit=${limit}${before === undefined ? '' : `&before=${before}`}`)

export const sendPost = (post: NewPost): Promise<Post> => write('POST', '/posts', post)

export const sendEdit = (id: number, edit: PostEdit): Promise<Post> => write('PATCH', `/posts/${id}`, edit)
