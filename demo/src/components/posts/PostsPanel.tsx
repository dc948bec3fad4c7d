import { useEffect } from 'react'
import { selectSocketStatus } from '../../../../src/index.js'
import { useIsLost } from '../../../../src/react/index.js'
import { formatPlural } from '../../format.js'
import { useAppDispatch, useAppSelector } from '../../hooks.js'
import { postsSocket } from '../../posts/connection.js'
import { followPosts } from '../../posts/followPosts.js'
import { loadOlderPosts, loadPosts } from '../../posts/loadPosts.js'
import {
  MAX_POSTS,
  selectHasOlder,
  selectIsLoaded,
  selectLastChange,
  selectPost,
  selectPosts,
  selectProblem,
  selectRecovered,
  selectRequest,
} from '../../posts/postsSlice.js'
import { Panel } from '../Panel.js'
import { Recovery } from '../Recovery.js'
import { PostView } from './PostView.js'

export function PostsPanel() {
  const posts = useAppSelector(selectPosts)
  const lastChange = useAppSelector(selectLastChange)
  const isBusy = useAppSelector(selectRequest) !== null
  return (
    <Panel title="Posts" className="posts" aside={<Aside />}>
      <NotLive />
      <LoadProblem />
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

/** Connects when the page is first shown. The connection stays open while other pages are shown. */
function useLiveConnection() {
  const dispatch = useAppDispatch()
  const status = useAppSelector((state) => selectSocketStatus(state, postsSocket.name))
  const hasNeverLoaded = useAppSelector(
    (state) => !selectIsLoaded(state) && !selectRequest(state) && !selectProblem(state),
  )
  const isDown = status === 'reconnecting' || status === 'failed' || status === 'closed'
  useEffect(() => {
    if (status === 'idle') dispatch(followPosts())
  }, [dispatch, status])
  useEffect(() => {
    // Without a connection: the subscription loads the list otherwise.
    if (isDown && hasNeverLoaded) void dispatch(loadPosts())
  }, [dispatch, isDown, hasNeverLoaded])
  return status
}

function NotLive() {
  const dispatch = useAppDispatch()
  const status = useLiveConnection()
  // Not by the status, which changes with every attempt: a short interruption shows nothing.
  const isLost = useIsLost({ after: 3_000 }, postsSocket.name)
  const connect = () => void dispatch(status === 'reconnecting' ? postsSocket.reconnect() : postsSocket.connect())
  return (
    <div role="status" aria-label="Live status of the list">
      {(isLost || status === 'closed') && (
        <div className="notice notice-warn">
          <p>
            <b>Not live.</b> You can read and write. Posts of others appear when this page is connected again.
          </p>
          <button type="button" onClick={connect}>
            Connect now
          </button>
        </div>
      )}
    </div>
  )
}

function LoadProblem() {
  const dispatch = useAppDispatch()
  const problem = useAppSelector(selectProblem)
  return (
    <div role="alert">
      {problem && (
        <div className="notice notice-bad">
          <p>
            <b>The posts could not be loaded.</b> {problem}
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
  return <p className="empty">{isLoaded ? 'No posts yet. Write the first one.' : 'Loading posts…'}</p>
}

function Aside() {
  const recovered = useAppSelector(selectRecovered)
  return (
    <span className="stream">
      <Recovery connection={postsSocket.name} recovered={recovered} />
      <LastChange />
    </span>
  )
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
  const count = useAppSelector((state) => selectPosts(state).length)
  if (!hasOlder) return null
  if (count >= MAX_POSTS) return <p className="note">These are the newest {formatPlural(count, 'post')}.</p>
  return (
    <div className="actions">
      <button type="button" aria-disabled={isBusy} onClick={isBusy ? undefined : () => void dispatch(loadOlderPosts())}>
        Show older posts
      </button>
    </div>
  )
}
