import type { SocketQueryError } from '../../../../src/query/index.js'
import { selectStream } from '../../../../src/query/index.js'
import { rpc } from '../../functions/connection.js'
import { useAppSelector } from '../../hooks.js'
import { postsApi, useListPostsQuery } from '../../query/postsApi.js'
import { Panel } from '../Panel.js'
import { PostRow } from './PostRow.js'

const streamPhrases = {
  connecting: 'Connecting',
  live: 'Live',
  stale: 'Stale',
  error: 'Refused',
}

export function QueryPanel({ seconds }: { readonly seconds: number }) {
  const { data, error, isFetching, refetch } = useListPostsQuery()
  return (
    <Panel title="Posts" className="posts" aside={<StreamTag isFetching={isFetching} />}>
      <Stale />
      <Problem problem={error} onRetry={() => void refetch()} />
      {!data && !error && <p className="empty">Fetching the posts…</p>}
      {data?.posts.length === 0 && <p className="empty">No posts yet. Write the first one.</p>}
      <ol className="post-list" aria-label="Posts, the newest first" aria-busy={isFetching}>
        {data?.posts.map((post) => (
          <li key={post.id}>
            <PostRow post={post} seconds={seconds} />
          </li>
        ))}
      </ol>
      {data?.hasOlder && <p className="note">The newest {data.posts.length}. “Live posts” has the older ones, too.</p>}
    </Panel>
  )
}

const useStream = () =>
  useAppSelector((state) => selectStream(state, postsApi.endpoints.listPosts, undefined, rpc.name))

function StreamTag({ isFetching }: { readonly isFetching: boolean }) {
  const status = useStream()?.status ?? 'connecting'
  return (
    <span className="stream">
      {isFetching && <span className="count">Fetching…</span>}
      <span role="status" aria-label="Stream of the list" className={`tag tag-${status}`}>
        {streamPhrases[status]}
      </span>
    </span>
  )
}

function Stale() {
  const isStale = useStream()?.status === 'stale'
  return (
    <div role="status" aria-label="Whether the list is live">
      {isStale && (
        <div className="notice notice-warn">
          <p>
            <b>Stale.</b> Something may be missing. The list is fetched anew as soon as the connection is back.
          </p>
        </div>
      )}
    </div>
  )
}

interface ProblemProps {
  readonly problem: SocketQueryError | { readonly message?: string | undefined } | undefined
  readonly onRetry: () => void
}

function Problem({ problem, onRetry }: ProblemProps) {
  return (
    <div role="alert">
      {problem && (
        <div className="notice notice-bad">
          <p>
            <b>The posts could not be fetched.</b> {problem.message}
          </p>
          <button type="button" onClick={onRetry}>
            Try again
          </button>
        </div>
      )}
    </div>
  )
}
