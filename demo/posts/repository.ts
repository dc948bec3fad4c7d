import { MAX_PAGE_SIZE, PAGE_SIZE, type NewPost, type Post, type PostEdit, type PostPage } from '../src/posts/post.js'
import { openDatabase } from './database.js'

export interface PostQuery {
  /** Only posts older than the one with this id. */
  readonly before?: number | undefined
  /** At most {@link MAX_PAGE_SIZE}. @default 50 */
  readonly limit?: number | undefined
}

/** The posts, where they are kept. Every function is done when it returns: what it wrote is on the disk. */
export interface PostRepository {
  readonly create: (post: NewPost) => Post
  /** `undefined` when there is no such post. */
  readonly update: (id: number, edit: PostEdit) => Post | undefined
  /** The newest first. */
  readonly list: (query?: PostQuery) => PostPage
  readonly close: () => void
}

const INSERT = 'INSERT INTO posts (title, body, createdAt, updatedAt) VALUES (?, ?, ?, ?) RETURNING *'
// A clock that was set back must not make an edit older than the post.
const UPDATE = `
  UPDATE posts SET title = coalesce(?, title), body = coalesce(?, body), updatedAt = max(?, updatedAt), version = version + 1
  WHERE id = ? RETURNING *`
const SELECT = 'SELECT * FROM posts WHERE id < ? ORDER BY id DESC LIMIT ?'

/** @param file a path, or `:memory:`; fails as `openDatabase` does */
export function openPostRepository(file: string, now: () => number = Date.now): PostRepository {
  const { db, close } = openDatabase(file)
  // `all`, also for one row: a statement that is not run to its end is not committed.
  const run = (sql: string, values: (string | number | null)[]) => db.all(sql, values) as unknown as Post[]
  return {
    create({ title, body }) {
      const at = now()
      const [post] = run(INSERT, [title, body, at, at])
      if (!post) throw new Error('SQLite inserted a post and returned none')
      return post
    },
    update: (id, { title, body }) => run(UPDATE, [title ?? null, body ?? null, now(), id])[0],
    list({ before = Number.MAX_SAFE_INTEGER, limit = PAGE_SIZE } = {}) {
      const size = Math.min(Math.max(1, limit), MAX_PAGE_SIZE)
      // One more than asked for tells whether there are older ones.
      const posts = run(SELECT, [before, size + 1])
      return { posts: posts.slice(0, size), hasOlder: posts.length > size }
    },
    close,
  }
}
