// The schemas of a post, for the page and the server.
import * as v from 'valibot'

export const MAX_TITLE = 120
export const MAX_BODY = 5000
/** The default number of posts in a page, and the maximum. */
export const PAGE_SIZE = 50
export const MAX_PAGE_SIZE = 500

// SQLite cuts a text at its first NUL, and an unpaired surrogate has no UTF-8 encoding: both would change the text silently.
const isStorable = v.check<string, string>(
  (text) => !/[\0\p{Surrogate}]/u.test(text),
  'NUL and unpaired surrogates are not allowed.',
)

const title = v.pipe(
  v.string('Expected a text.'),
  v.trim(),
  v.nonEmpty('A post needs a title.'),
  v.maxLength(MAX_TITLE, `At most ${MAX_TITLE} characters.`),
  isStorable,
)
const body = v.pipe(v.string('Expected a text.'), v.maxLength(MAX_BODY, `At most ${MAX_BODY} characters.`), isStorable)

const count = v.pipe(v.number(), v.integer(), v.minValue(1))

export const postSchema = v.object({
  /** Counts up in the order of creation. */
  id: count,
  title: v.string(),
  body: v.string(),
  /** Milliseconds since the epoch. */
  createdAt: v.number(),
  /** Milliseconds since the epoch; equals `createdAt` until the first edit. */
  updatedAt: v.number(),
  /** Counts the writes of this post. The higher version is the newer one. */
  version: count,
})

/** The body of `POST /posts`. */
export const newPostSchema = v.strictObject({ title, body: v.optional(body, '') })

/** The body of `PATCH /posts/:id`: only the fields that change. */
export const postEditSchema = v.pipe(
  v.partial(v.strictObject({ title, body })),
  v.check((edit) => edit.title !== undefined || edit.body !== undefined, 'Expected a title or a body.'),
)

/** The response of `GET /posts`, the newest first. */
export const postPageSchema = v.object({ posts: v.array(postSchema), hasOlder: v.boolean() })

/** What the server pushes on the channel "posts" after a write. */
export const postChangeSchema = v.object({ action: v.picklist(['create', 'update']), post: postSchema })

export type Post = v.InferOutput<typeof postSchema>
export type NewPost = v.InferOutput<typeof newPostSchema>
export type PostEdit = v.InferOutput<typeof postEditSchema>
export type PostPage = v.InferOutput<typeof postPageSchema>
export type PostChange = v.InferOutput<typeof postChangeSchema>

/** Sorts the newest first. Needed because posts arrive by HTTP and by WebSocket, in any order. */
export const comparePosts = (a: Post, b: Post): number => b.id - a.id
