// The posts over plain HTTP. Every function rejects with an error whose message is fit to be shown.
import * as v from 'valibot'
import { postPageSchema, postSchema, type NewPost, type Post, type PostEdit, type PostPage } from './post.js'

const TIMEOUT = 10_000

const refusalSchema = v.object({ error: v.string() })

async function ask<Schema extends v.GenericSchema>(
  schema: Schema,
  path: string,
  init: RequestInit = {},
): Promise<v.InferOutput<Schema>> {
  const signal = AbortSignal.timeout(TIMEOUT)
  const response = await fetch(path, { ...init, signal }).catch(() => {
    throw new Error(signal.aborted ? 'The server does not answer.' : 'The server is not there.')
  })
  const body = (await response.json().catch(() => undefined)) as unknown
  const answer = v.safeParse(schema, body)
  if (response.ok && answer.success) return answer.output
  throw new Error(
    v.is(refusalSchema, body) ? body.error : `The server answered ${response.status}, and not as expected.`,
  )
}

const write = (method: string, path: string, body: object): Promise<Post> =>
  ask(postSchema, path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

/** The newest posts, or of those before a post. */
export const fetchPosts = (limit: number, before?: number): Promise<PostPage> =>
  ask(postPageSchema, `/posts?limit=${limit}${before === undefined ? '' : `&before=${before}`}`)

export const sendPost = (post: NewPost): Promise<Post> => write('POST', '/posts', post)

export const sendEdit = (id: number, edit: PostEdit): Promise<Post> => write('PATCH', `/posts/${id}`, edit)
