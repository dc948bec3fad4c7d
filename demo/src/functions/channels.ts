import type { PostChange } from '../posts/post.js'

/** The time in a time zone, by the clock of the server. */
export interface Tick {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** 14:03:07 */
  readonly time: string
  /** Friday, 3 May */
  readonly date: string
}

/** The type of the values that each channel pushes. */
export interface Channels {
  readonly time: Tick
  readonly posts: PostChange
}
