import { SessionClient } from '../../support/session/sessionClient.js'

interface Message {
  readonly id?: number
  readonly method?: string
  readonly type?: string
  readonly payload?: unknown
  readonly params?: { readonly id?: number; readonly data?: unknown }
  readonly error?: unknown
}

/** A client that reads one reply in chunks, as the cases of conformance/streamClientCases.mjs ask for. Nothing of the library, but for the texts of its frames. */
export class StreamClient {
  readonly #client: SessionClient
  #isStopped = false
  /** Whether the reader takes chunks. */
  #isReading = true
  #isOver = false
  #chunks: unknown[] = []
  #end: 'end' | 'error' | undefined

  constructor(url: string) {
    this.#client = new SessionClient(url)
    this.#ask()
    void this.#stayConnected()
    void this.#takeMessages()
  }

  stop() {
    this.#isStopped = true
  }

  #ask() {
    this.#send({ id: 1, method: 'conformance.count', params: { upTo: 100 }, stream: { window: 4 } })
  }

  #send(message: object) {
    this.#client.send({ jsonrpc: '2.0', ...message })
  }

  #say(payload: unknown) {
    this.#client.send({ type: 'conformance/said', payload })
  }

  async #stayConnected() {
    while (!this.#isStopped) {
      // oxlint-disable no-await-in-loop -- one connection after the other
      const welcome = await this.#client.connect()
      if (welcome?.resumed && !welcome.kept) this.#finish('error')
      await this.#client.closed
      // oxlint-enable no-await-in-loop
    }
  }

  async #takeMessages() {
    const { frames } = this.#client
    for (let taken = 0; ; taken++) {
      const next = taken
      // oxlint-disable-next-line no-await-in-loop -- one message after the other
      await this.#client.until(() => frames.length > next)
      this.#take(JSON.parse(String(frames[next])) as Message)
    }
  }

  #take({ error, id, method, params, payload, type }: Message) {
    if (method === '$/chunk') this.#takeChunk(params?.id, params?.data)
    if (id === 1 && method === undefined) this.#finish(error === undefined ? 'end' : 'error')
    if (type === undefined) return
    if (payload === 'ping') return this.#say('pong')
    this.#isReading = true
    this.#read()
  }

  #takeChunk(id: unknown, data: unknown) {
    if (id !== 1 || this.#isOver) return
    this.#chunks.push(data)
    this.#read()
  }

  #finish(end: 'end' | 'error') {
    if (this.#isOver) return
    this.#isOver = true
    this.#end = end
    this.#read()
  }

  #read() {
    while (this.#isReading && this.#chunks.length > 0) {
      const chunk = this.#chunks.shift()
      this.#say(chunk)
      this.#confirm()
      if (chunk === 'stop') this.#isReading = false
      if (chunk === 'cancel') this.#cancel()
    }
    if (!this.#isReading || this.#end === undefined) return
    this.#say(this.#end)
    this.#end = undefined
  }

  #confirm() {
    if (!this.#isOver) this.#send({ method: '$/more', params: { id: 1, count: 1 } })
  }

  #cancel() {
    this.#isOver = true
    this.#send({ method: '$/cancelRequest', params: { id: 1 } })
  }
}
