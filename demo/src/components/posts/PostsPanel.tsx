import { useEffect } from 'react'
import { selectSocketStatus } from '../../../../src/index.js'
import { formatPlural } from '../../format.js'
import { useAppDispatch, useAppSelector } from '../../hooks.js'
import { postsSocket } from '../../posts/connection.js'
import { loadOlderPosts, loadPosts } from '../../posts/loadPosts.js'
import {
  MAX_HELD,
  selectHasOlder,
  selectIsLoaded,
  selectLastChange,
  selectPost,
  selectPosts,
  selectProblem,
  selectRequest,
} from '../../posts/postsSlice.js'
import { Panel } from '../Panel.js'
import { PostView } from './PostView.js'

export function PostsPanel() {
  const posts = useAppSelector(selectPosts)
  const lastChange = useAppSelector(selectLastChange)
  const isBusy = useAppSelector(selectRequest) !== null
  return (
    <Panel title="Posts" className="posts" aside={<LastChange />}>
      <NotLive />
      <Problem />
      <EmptyNote />
      <ol className="post-list" aria-label="Posts, the newest first" aria-busy={isBusy}>
        {posts.map((post) => (
          <li key={post.id}>
            <PostView post={post} isLatest={post.id === lastChange?.id} />
          </li>
        ))}
      </ol>
      <OlderPosts />
    </Panel>
  )
}

/** Connects when the page is first shown; it stays connected while others are. */
function useLive() {
  const dispatch = useAppDispatch()
  const status = useAppSelector((state) => selectSocketStatus(state, postsSocket.name))
  const isUntouched = useAppSelector(
    (state) => !selectIsLoaded(state) && !selectRequest(state) && !selectProblem(state),
  )
  const isDown = status === 'reconnecting' || status === 'failed' || status === 'closed'
  useEffect(() => {
    if (status === 'idle') void dispatch(postsSocket.connect())
  }, [dispatch, status])
  useEffect(() => {
    // The list does without: opening is what fetches it otherwise.
    if (isDown && isUntouched) void dispatch(loadPosts())
  }, [dispatch, isDown, isUntouched])
  return { isDown, status }
}

function NotLive() {
  const dispatch = useAppDispatch()
  const { isDown, status } = useLive()
  const dial = () => void dispatch(status === 'reconnecting' ? postsSocket.reconnect() : postsSocket.connect())
  return (
    <div role="status" aria-label="Whether the list is live">
      {isDown && (
        <div className="notice notice-warn">
          <p>
            <b>Not live.</b> You can read and write, but what others write shows only when this page is connected again.
          </p>
          <button type="button" onClick={dial}>
            Connect now
          </button>
        </div>
      )}
    </div>
  )
}

function Problem() {
  const dispatch = useAppDispatch()
  const problem = useAppSelector(selectProblem)
  return (
    <div role="alert">
      {problem && (
        <div className="notice notice-bad">
          <p>
            <b>The posts could not be fetched.</b> {problem}
          </p>
          <button type="button" onClick={() => void dispatch(loadPosts())}>
            Try again
          </button>
        </div>
      )}
    </div>
  )
}

function EmptyNote() {
  const isLoaded = useAppSelector(selectIsLoaded)
  const hasPosts = useAppSelector((state) => selectPosts(state).length > 0)
  const hasProblem = useAppSelector((state) => selectProblem(state) !== '')
  if (hasPosts || (hasProblem && !isLoaded)) return null
  return <p className="posts-empty">{isLoaded ? 'No posts yet. Write the first one.' : 'Fetching the posts…'}</p>
}

function LastChange() {
  const change = useAppSelector(selectLastChange)
  const post = useAppSelector((state) => (change ? selectPost(state, change.id) : undefined))
  return (
    <output className="outcome last-change" aria-label="Last change">
      {change && post && `${change.action === 'create' ? 'New' : 'Edited'}: “${post.title}”`}
    </output>
  )
}

function OlderPosts() {
  const dispatch = useAppDispatch()
  const hasOlder = useAppSelector(selectHasOlder)
  const isBusy = useAppSelector(selectRequest) !== null
  const held = useAppSelector((state) => selectPosts(state).length)
  if (!hasOlder) return null
  if (held >= MAX_HELD) return <p className="note">The newest {formatPlural(held, 'post')}. There are older ones.</p>
  return (
    <div className="actions">
      <button type="button" aria-disabled={isBusy} onClick={isBusy ? undefined : () => void dispatch(loadOlderPosts())}>
        Show older posts
      </button>
    </div>
  )
}
