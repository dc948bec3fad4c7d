import type { PostChange } from '../posts/post.js'

/** The time at the server, in some zone. */
export interface Tick {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** 14:03:07 */
  readonly time: string
  /** Friday, 3 May */
  readonly date: string
}

/** What each channel pushes. */
export interface Channels {
  readonly time: Tick
  readonly posts: PostChange
}
