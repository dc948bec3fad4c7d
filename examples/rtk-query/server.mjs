// The functions and the channel of a list of tasks.
import { createServer } from 'node:http'
import { createSocketServer, RpcError } from 'reduplex/server'
import { createServer as createVite } from 'vite'

const port = Number(process.env.PORT ?? 8080)
const http = createServer((req, res) => vite.middlewares(req, res))
const vite = await createVite({ server: { middlewareMode: true, ws: { server: http } } })
const sockets = createSocketServer({ server: http, path: '/ws' })

const tasks = new Map([[1, { id: 1, title: 'Read the documentation', isDone: false }]])
const put = (task) => {
  tasks.set(task.id, task)
  sockets.publish('tasks', task)
  return task
}

sockets.methods({
  getTasks: () => [...tasks.values()],
  addTask: ({ title }) => put({ id: tasks.size + 1, title: String(title).slice(0, 100), isDone: false }),
  setDone: ({ id, isDone }) => {
    const task = tasks.get(id)
    if (!task) throw new RpcError(404, 'There is no such task.')
    return put({ ...task, isDone: isDone === true })
  },
})

http.listen(port, '127.0.0.1', () => console.log(`Open http://127.0.0.1:${port}`))

const stop = async () => {
  await sockets.close({ within: 500 })
  await vite.close()
  http.close()
  http.closeAllConnections()
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
