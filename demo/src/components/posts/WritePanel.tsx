import { useAppDispatch } from '../../hooks.js'
import { createPost } from '../../posts/writePost.js'
import { Panel } from '../Panel.js'
import { PostForm } from './PostForm.js'

export function WritePanel() {
  const dispatch = useAppDispatch()
  return (
    <Panel title="Write a post" className="write-post">
      <p className="note">
        Goes to the server by HTTP, which writes it down, tells every open page, and then answers. Open this page twice
        to see it.
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
