import { memo, useState } from 'react'
import type { NewPost, Post } from '../../posts/post.js'
import { useEditPostMutation } from '../../query/postsApi.js'
import { useRestoreFocus } from '../useRestoreFocus.js'
import { PostForm } from '../posts/PostForm.js'

interface PostRowProps {
  readonly post: Post
  /** How long the server waits before it saves an edit. */
  readonly seconds: number
}

/** A post, or the form that edits it. An edit is shown before it is saved. */
export const PostRow = memo(function PostRow({ post, seconds }: PostRowProps) {
  const [isEditing, setIsEditing] = useState(false)
  const editButton = useRestoreFocus(isEditing)
  const [edit, { isLoading, error, reset }] = useEditPostMutation()
  const problem = error && 'message' in error ? error.message : undefined
  /** The edit that was sent last: its text is kept when the edit is undone. */
  const [draft, setDraft] = useState<NewPost>()
  const undone = problem === undefined || isLoading ? undefined : draft
  const close = () => setIsEditing(false)
  const save = async (next: NewPost) => {
    close()
    setDraft(next)
    const { title, body } = next
    if (title !== post.title || body !== post.body) void edit({ id: post.id, edit: { title, body }, seconds })
    return await Promise.resolve()
  }
  const dismiss = () => {
    setDraft(undefined)
    reset()
  }
  return (
    <article className={isLoading ? 'post is-latest' : 'post'} aria-label={post.title}>
      {isEditing ? (
        <PostForm
          label={`Edit ${post.title}`}
          submitLabel="Save"
          initial={undone ?? post}
          onSave={save}
          onCancel={close}
        />
      ) : (
        <header className="post-head">
          <h3>{post.title}</h3>
          <button ref={editButton} type="button" aria-label={`Edit ${post.title}`} onClick={() => setIsEditing(true)}>
            Edit
          </button>
        </header>
      )}
      {!isEditing && post.body && <p className="post-body">{post.body}</p>}
      <p className="note">
        Post {post.id}
        {isLoading ? ', not saved yet…' : post.version > 1 && `, edited ${post.version - 1} ×`}
      </p>
      <p role="alert" className="note note-error">
        {problem && `Undone. ${problem}`}
      </p>
      {undone && !isEditing && (
        <div className="notice notice-bad" role="group" aria-label={`Undone edit of ${post.title}`}>
          <p>
            Your text is kept: <b>{undone.title}</b>
          </p>
          <button type="button" onClick={() => void save(undone)}>
            Try again
          </button>
          <button type="button" onClick={dismiss}>
            Dismiss
          </button>
        </div>
      )}
    </article>
  )
})
