import { memo, useState } from 'react'
import { formatTime } from '../../format.js'
import { useAppDispatch } from '../../hooks.js'
import type { NewPost, Post, PostEdit } from '../../posts/post.js'
import { editPost } from '../../posts/writePost.js'
import { useRestoreFocus } from '../useRestoreFocus.js'
import { PostForm } from './PostForm.js'

interface PostViewProps {
  readonly post: Post
  /** Whether it is the post that changed last. */
  readonly isLatest: boolean
}

/** A post, or the form that edits it. */
export const PostView = memo(function PostView({ post, isLatest }: PostViewProps) {
  const [edited, setEdited] = useState<Post>()
  const editButton = useRestoreFocus(edited !== undefined)
  return (
    <article className={isLatest ? 'post is-latest' : 'post'} aria-label={post.title}>
      {edited ? (
        <EditForm post={post} original={edited} onClose={() => setEdited(undefined)} />
      ) : (
        <>
          <header className="post-head">
            <h3>{post.title}</h3>
            <button ref={editButton} type="button" aria-label={`Edit ${post.title}`} onClick={() => setEdited(post)}>
              Edit
            </button>
          </header>
          {post.body && <p className="post-body">{post.body}</p>}
          <p className="note">
            Post {post.id}, <PostTime at={post.createdAt} />
            {post.version > 1 && (
              <>
                , edited <PostTime at={post.updatedAt} />
              </>
            )}
          </p>
        </>
      )}
    </article>
  )
})

const days = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })

function PostTime({ at }: { readonly at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()}>
      {days.format(at)} {formatTime(at).slice(0, -4)}
    </time>
  )
}

interface EditFormProps {
  readonly post: Post
  /** The post when the edit began. */
  readonly original: Post
  readonly onClose: () => void
}

function EditForm({ post, original, onClose }: EditFormProps) {
  const dispatch = useAppDispatch()
  const save = async (draft: NewPost) => {
    const edit = changesOf(original, draft)
    if (edit) await dispatch(editPost(post.id, edit))
    onClose()
  }
  return (
    <PostForm label={`Edit ${original.title}`} submitLabel="Save" initial={original} onSave={save} onCancel={onClose}>
      {post.version > original.version && (
        <p className="note post-conflict" role="status">
          Edited by someone else: the title is now “{post.title}”. Saving replaces only the fields that you changed.
        </p>
      )}
    </PostForm>
  )
}

/** Only the changed fields: someone else may edit the other one. */
function changesOf(before: NewPost, after: NewPost): PostEdit | undefined {
  const edit = {
    ...(after.title !== before.title && { title: after.title }),
    ...(after.body !== before.body && { body: after.body }),
  }
  return Object.keys(edit).length > 0 ? edit : undefined
}
