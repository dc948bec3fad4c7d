// What a post is, for the page and the server alike.
import * as v from 'valibot'

export const MAX_TITLE = 120
export const MAX_BODY = 5000
/** Posts a request brings, unless it says otherwise; and at most. */
export const PAGE_SIZE = 50
export const MAX_PAGE_SIZE = 500

// SQLite ends a text at its first NUL, and half of a surrogate pair is no UTF-8: either would change without a word.
const isKept = v.check<string, string>(
  (text) => !/[\0\p{Surrogate}]/u.test(text),
  'No NUL, and no halves of characters.',
)

const title = v.pipe(
  v.string('A text.'),
  v.trim(),
  v.nonEmpty('A post needs a title.'),
  v.maxLength(MAX_TITLE, `At most ${MAX_TITLE} characters.`),
  isKept,
)
const body = v.pipe(v.string('A text.'), v.maxLength(MAX_BODY, `At most ${MAX_BODY} characters.`), isKept)

const count = v.pipe(v.number(), v.integer(), v.minValue(1))

export const postSchema = v.object({
  /** Counts up in the order of writing. */
  id: count,
  title: v.string(),
  body: v.string(),
  /** Milliseconds since the epoch. */
  createdAt: v.number(),
  /** As above; the same for a post that was never edited. */
  updatedAt: v.number(),
  /** Counts the writes of this post: of two the higher one is the newer. */
  version: count,
})

/** What `POST /posts` takes. */
export const newPostSchema = v.strictObject({ title, body: v.optional(body, '') })

/** What `PATCH /posts/:id` takes: only what is to change. */
export const postEditSchema = v.pipe(
  v.partial(v.strictObject({ title, body })),
  v.check((edit) => edit.title !== undefined || edit.body !== undefined, 'Give a title or a body.'),
)

/** What `GET /posts` answers: the newest first. */
export const postPageSchema = v.object({ posts: v.array(postSchema), hasOlder: v.boolean() })

/** What every page is told over its WebSocket. */
export const postMessageSchema = v.object({
  type: v.literal('posts'),
  payload: v.object({ action: v.picklist(['create', 'update']), post: postSchema }),
})

export type Post = v.InferOutput<typeof postSchema>
export type NewPost = v.InferOutput<typeof newPostSchema>
export type PostEdit = v.InferOutput<typeof postEditSchema>
export type PostPage = v.InferOutput<typeof postPageSchema>
export type PostChange = v.InferOutput<typeof postMessageSchema>['payload']

/** The newest first. Explicit: posts arrive by HTTP and by WebSocket, in any order. */
export const comparePosts = (a: Post, b: Post): number => b.id - a.id
