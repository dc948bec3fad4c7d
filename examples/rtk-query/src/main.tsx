import { createRoot } from 'react-dom/client'
import { Provider, useSelector } from 'react-redux'
import { selectStream } from 'reduplex/query'
import { api, store, useAddTaskMutation, useGetTasksQuery, useSetDoneMutation } from './store'

const Tasks = () => {
  const { data: tasks = [], isLoading } = useGetTasksQuery()
  const [addTask] = useAddTaskMutation()
  const [setDone] = useSetDoneMutation()
  const stream = useSelector((state: ReturnType<typeof store.getState>) => selectStream(state, api.endpoints.getTasks))
  return (
    <>
      <p>The list is {isLoading ? 'loading' : (stream?.status ?? 'not live')}.</p>
      <ul>
        {tasks.map(({ id, title, isDone }) => (
          <li key={id}>
            <label>
              <input type="checkbox" checked={isDone} onChange={() => setDone({ id, isDone: !isDone })} /> {title}
            </label>
          </li>
        ))}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const field = event.currentTarget.elements[0] as HTMLInputElement
          void addTask(field.value)
          field.value = ''
        }}
      >
        <input aria-label="Task" /> <button>Add</button>
      </form>
    </>
  )
}

createRoot(document.getElementById('app')!).render(
  <Provider store={store}>
    <Tasks />
  </Provider>,
)
