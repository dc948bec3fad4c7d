import { useAppDispatch } from '../../hooks.js'
import { createPost } from '../../posts/writePost.js'
import { Panel } from '../Panel.js'
import { PostForm } from './PostForm.js'

export function WritePanel() {
  const dispatch = useAppDispatch()
  return (
    <Panel title="Write a post" className="write-post">
      <p className="note">
        Sent by HTTP. The server stores it, sends it to every open page, and then answers. Open this page twice to see
        that.
      </p>
      <PostForm
        label="Write a post"
        submitLabel="Post"
        onSave={async (post) => {
          await dispatch(createPost(post))
        }}
      />
    </Panel>
  )
}
