import { createRoot } from 'react-dom/client'
import { Provider, useSelector } from 'react-redux'
import { useIsLost, useSocket } from 'reduplex/react'
import { said, signIn, signOut, store, type RootState } from './store'

/** A form with one field. */
const Field = ({ label, onDone }: { label: string; onDone: (text: string) => unknown }) => (
  <form
    onSubmit={(event) => {
      event.preventDefault()
      const field = event.currentTarget.elements[0] as HTMLInputElement
      if (field.value.trim() !== '') onDone(field.value)
      field.value = ''
    }}
  >
    <input aria-label={label} placeholder={label} /> <button>{label}</button>
  </form>
)

const Chat = () => {
  const { status, queued } = useSocket()
  const isLost = useIsLost({ after: 2_000 })
  const lines = useSelector((state: RootState) => state.chat)
  const refreshes = useSelector((state: RootState) => state.session.refreshes)
  if (status === 'failed' || status === 'closed') return <Field label="Sign in" onDone={signIn} />
  return (
    <>
      <p>
        The connection is {status}. Tokens so far: {refreshes}. {isLost && `${queued} messages wait.`}{' '}
        <button onClick={() => void signOut()}>Sign out</button>
      </p>
      <ul>
        {lines.map(({ id, name, text }) => (
          <li key={id}>
            {name}: {text}
          </li>
        ))}
      </ul>
      <Field label="Say" onDone={(text) => store.dispatch(said(text))} />
    </>
  )
}

createRoot(document.getElementById('app')!).render(
  <Provider store={store}>
    <Chat />
  </Provider>,
)
