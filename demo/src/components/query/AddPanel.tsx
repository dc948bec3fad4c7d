import { useAddPostMutation } from '../../query/postsApi.js'
import { Panel } from '../Panel.js'
import { PostForm } from '../posts/PostForm.js'

export function AddPanel() {
  const [addPost] = useAddPostMutation()
  return (
    <Panel title="Write a post">
      <p className="note">
        A mutation over the socket. The list receives the new post from the channel, as all other pages do, “Live posts”
        included.
      </p>
      <PostForm
        label="Write a post"
        submitLabel="Post"
        onSave={async (post) => {
          await addPost(post).unwrap()
        }}
      />
    </Panel>
  )
}
