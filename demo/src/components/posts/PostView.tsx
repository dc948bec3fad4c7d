import { memo, useState } from 'react'
import { formatTime } from '../../format.js'
import { useAppDispatch } from '../../hooks.js'
import type { NewPost, Post, PostEdit } from '../../posts/post.js'
import { editPost } from '../../posts/writePost.js'
import { useFocusBack } from '../useFocusBack.js'
import { PostForm } from './PostForm.js'

interface PostViewProps {
  readonly post: Post
  /** Whether it is what changed last. */
  readonly isLatest: boolean
}

/** A post; its edit takes its place. */
export const PostView = memo(function PostView({ post, isLatest }: PostViewProps) {
  const [edited, setEdited] = useState<Post>()
  const editButton = useFocusBack(edited !== undefined)
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
            No. {post.id}, <PostTime at={post.createdAt} />
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
  /** As it was when the edit began. */
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
        <p className="note post-meanwhile" role="status">
          Edited elsewhere meanwhile: it is now “{post.title}”. Saving replaces what you changed, and nothing else.
        </p>
      )}
    </PostForm>
  )
}

/** Only what was changed: somebody else may be editing the other half. */
function changesOf(before: NewPost, after: NewPost): PostEdit | undefined {
  const edit = {
    ...(after.title !== before.title && { title: after.title }),
    ...(after.body !== before.body && { body: after.body }),
  }
  return Object.keys(edit).length > 0 ? edit : undefined
}
