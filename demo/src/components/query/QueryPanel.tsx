import type { SocketQueryError } from '../../../../src/query/index.js'
import { selectStream } from '../../../../src/query/index.js'
import { rpc } from '../../functions/connection.js'
import { useAppSelector } from '../../hooks.js'
import { postsApi, useListPostsQuery } from '../../query/postsApi.js'
import { selectRecovered } from '../../query/recoverySlice.js'
import { Panel } from '../Panel.js'
import { Recovery } from '../Recovery.js'
import { PostRow } from './PostRow.js'

const streamPhrases = {
  connecting: 'Connecting',
  live: 'Live',
  stale: 'Stale',
  error: 'Error',
}

export function QueryPanel({ seconds }: { readonly seconds: number }) {
  const { data, error, isFetching, refetch } = useListPostsQuery()
  return (
    <Panel title="Posts" className="posts" aside={<StreamTag isFetching={isFetching} />}>
      <StaleNotice />
      <LoadProblem problem={error} onRetry={() => void refetch()} />
      {!data && !error && <p className="empty">Loading posts…</p>}
      {data?.posts.length === 0 && <p className="empty">No posts yet. Write the first one.</p>}
      <ol className="post-list" aria-label="Posts, the newest first" aria-busy={isFetching}>
        {data?.posts.map((post) => (
          <li key={post.id}>
            <PostRow post={post} seconds={seconds} />
          </li>
        ))}
      </ol>
      {data?.hasOlder && (
        <p className="note">These are the newest {data.posts.length}. “Live posts” shows older ones, too.</p>
      )}
    </Panel>
  )
}

const useStream = () =>
  useAppSelector((state) => selectStream(state, postsApi.endpoints.listPosts, undefined, rpc.name))

function StreamTag({ isFetching }: { readonly isFetching: boolean }) {
  const status = useStream()?.status ?? 'connecting'
  const recovered = useAppSelector(selectRecovered)
  return (
    <span className="stream">
      <Recovery connection={rpc.name} recovered={recovered} />
      {isFetching && <span className="count">Loading…</span>}
      <span role="status" aria-label="Stream of the list" className={`tag tag-${status}`}>
        {streamPhrases[status]}
      </span>
    </span>
  )
}

function StaleNotice() {
  const isStale = useStream()?.status === 'stale'
  return (
    <div role="status" aria-label="Live status of the list">
      {isStale && (
        <div className="notice notice-warn">
          <p>
            <b>Stale.</b> Changes may be missing. They come when the connection is restored, or the list is loaded
            again.
          </p>
        </div>
      )}
    </div>
  )
}

interface LoadProblemProps {
  readonly problem: SocketQueryError | { readonly message?: string | undefined } | undefined
  readonly onRetry: () => void
}

function LoadProblem({ problem, onRetry }: LoadProblemProps) {
  return (
    <div role="alert">
      {problem && (
        <div className="notice notice-bad">
          <p>
            <b>The posts could not be loaded.</b> {problem.message}
          </p>
          <button type="button" onClick={onRetry}>
            Try again
          </button>
        </div>
      )}
    </div>
  )
}
