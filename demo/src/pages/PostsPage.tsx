import { PostsPanel } from '../components/posts/PostsPanel.js'
import { WritePanel } from '../components/posts/WritePanel.js'
import { StatusPanel } from '../components/StatusPanel.js'
import { postsSocket } from '../posts/connection.js'

/** Posts that are written by HTTP and appear on every open page at once. */
export function PostsPage() {
  return (
    <main className="page page-posts">
      <StatusPanel connection={postsSocket.name} />
      <WritePanel />
      <PostsPanel />
    </main>
  )
}
