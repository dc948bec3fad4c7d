import { useAddPostMutation } from '../../query/postsApi.js'
import { Panel } from '../Panel.js'
import { PostForm } from '../posts/PostForm.js'

export function AddPanel() {
  const [addPost] = useAddPostMutation()
  return (
    <Panel title="Write a post">
      <p className="note">
        A mutation over the socket. The list hears of the new post by the channel, as every other page does: also those
        that show “Live posts”.
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
