import { MAX_PAGE_SIZE, PAGE_SIZE, type NewPost, type Post, type PostEdit, type PostPage } from '../src/posts/post.js'
import { openDatabase } from './database.js'

export interface PostQuery {
  /** Only posts older than the one with this id. */
  readonly before?: number | undefined
  /** At most {@link MAX_PAGE_SIZE}. @default 50 */
  readonly limit?: number | undefined
}

/** The stored posts. Every function is synchronous: a write is on the disk when it returns. */
export interface PostRepository {
  readonly create: (post: NewPost) => Post
  /** Returns `undefined` when the post does not exist. */
  readonly update: (id: number, edit: PostEdit) => Post | undefined
  /** The newest first. */
  readonly list: (query?: PostQuery) => PostPage
  readonly close: () => void
}

const INSERT = 'INSERT INTO posts (title, body, createdAt, updatedAt) VALUES (?, ?, ?, ?) RETURNING *'
// max(): when the system clock was set back, updatedAt must not decrease.
const UPDATE = `
  UPDATE posts SET title = coalesce(?, title), body = coalesce(?, body), updatedAt = max(?, updatedAt), version = version + 1
  WHERE id = ? RETURNING *`
const SELECT = 'SELECT * FROM posts WHERE id < ? ORDER BY id DESC LIMIT ?'

/** @param file a path, or `:memory:`. Throws what `openDatabase` throws. */
export function openPostRepository(file: string, now: () => number = Date.now): PostRepository {
  const { db, close } = openDatabase(file)
  // `all` also for one row: SQLite does not commit a statement that is not run to its end.
  const run = (sql: string, values: (string | number | null)[]) => db.all(sql, values) as unknown as Post[]
  return {
    create({ title, body }) {
      const at = now()
      const [post] = run(INSERT, [title, body, at, at])
      if (!post) throw new Error('SQLite returned no row for an INSERT')
      return post
    },
    update: (id, { title, body }) => run(UPDATE, [title ?? null, body ?? null, now(), id])[0],
    list({ before = Number.MAX_SAFE_INTEGER, limit = PAGE_SIZE } = {}) {
      const size = Math.min(Math.max(1, limit), MAX_PAGE_SIZE)
      // One row more than requested shows whether older posts exist.
      const posts = run(SELECT, [before, size + 1])
      return { posts: posts.slice(0, size), hasOlder: posts.length > size }
    },
    close,
  }
}
