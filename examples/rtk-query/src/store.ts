import { configureStore } from '@reduxjs/toolkit'
import { createApi } from '@reduxjs/toolkit/query/react'
import { createSocketMiddleware, socketConnect, socketReducer } from 'reduplex'
import { socketBaseQuery, streamUpdates, type StreamedApi } from 'reduplex/query'
import { jsonRpc } from 'reduplex/rpc'

export interface Task {
  id: number
  title: string
  isDone: boolean
}

export const api = createApi({
  baseQuery: socketBaseQuery(),
  endpoints: (build) => ({
    getTasks: build.query<Task[], void>({
      query: () => 'getTasks',
      onCacheEntryAdded: streamUpdates({
        api: (): StreamedApi => api,
        channel: 'tasks',
        apply: (tasks, task: Task) => {
          const at = tasks.findIndex(({ id }) => id === task.id)
          if (at < 0) tasks.push(task)
          else tasks[at] = task
        },
      }),
    }),
    addTask: build.mutation<Task, string>({ query: (title) => ({ method: 'addTask', params: { title } }) }),
    setDone: build.mutation<Task, Pick<Task, 'id' | 'isDone'>>({
      query: (params) => ({ method: 'setDone', params }),
      // Shown at once, and undone if the server refuses it.
      onQueryStarted: async ({ id, isDone }, { dispatch, queryFulfilled }) => {
        const patch = dispatch(
          api.util.updateQueryData('getTasks', undefined, (tasks) => {
            const task = tasks.find((one) => one.id === id)
            if (task) task.isDone = isDone
          }),
        )
        await queryFulfilled.catch(patch.undo)
      },
    }),
  }),
})
export const { useAddTaskMutation, useGetTasksQuery, useSetDoneMutation } = api

const socket = createSocketMiddleware({ protocol: jsonRpc(), heartbeat: { interval: 25_000, timeout: 10_000 } })

export const store = configureStore({
  reducer: { socket: socketReducer, [api.reducerPath]: api.reducer },
  middleware: (defaults) => defaults().prepend(socket.middleware).concat(api.middleware),
})
void store.dispatch(socketConnect())
