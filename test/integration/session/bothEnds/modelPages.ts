import { socketConnect, type WebSocketClass } from '../../../../src/index.js'
import { createPage } from '../../../support/page.js'
import { createFakeStorage } from '../../../support/session/fakeStorage.js'
import type { Account } from './account.js'
import type { LossyLink } from './lossyLink.js'
import { createModelStore, type Bounds } from './modelStore.js'

/** How long a write may wait, in milliseconds: less than a storage may take before it counts as failed. */
const WRITE_MS = 1_500

/** The pages of one browser, one after the other, whose sends are stored. Writes wait until the test lets them happen. */
export class ModelPages {
  store: ReturnType<typeof createModelStore>
  readonly #account: Account
  readonly #bounds: Bounds
  readonly #open: (protocol: string) => LossyLink
  readonly #storage = createFakeStorage()
  readonly #page: ReturnType<typeof createPage> | undefined
  #links: LossyLink[] = []
  /** How long the writes that wait have waited at most. */
  #waited = 0

  constructor(bounds: Bounds, account: Account, open: (protocol: string) => LossyLink) {
    this.#bounds = bounds
    this.#account = account
    this.#open = open
    this.#storage.isSlow = true
    this.#page = bounds.hasStorage ? createPage() : undefined
    this.store = this.#load()
  }

  /** The oldest write that waits is done. Returns whether there was one. */
  commit(): boolean {
    return this.#storage.commit()
  }

  commitAll() {
    while (this.commit());
    this.#waited = 0
  }

  /** Time is about to pass: no write takes for ever. */
  beforeTime(ms: number) {
    this.#waited += ms
    if (this.#waited > WRITE_MS) this.commitAll()
  }

  /** The page is left in order, and another one is loaded: `n` of the writes that wait are done. */
  reload(n: number) {
    if (!this.#page) return
    this.#page.fire('pagehide')
    this.kill(n)
  }

  /** The page is killed after `n` writes, and another one is loaded. */
  kill(n: number) {
    if (!this.#page) return
    const { accepted, acknowledged, dropped, outcomes, unstored } = this.#account
    for (let left = n % 4; left > 0; left--) this.commit()
    this.#storage.kill()
    this.#waited = 0
    const stored = new Set(
      this.#storage.saves.flatMap((one) => [...(one?.unacked ?? []), ...(one?.queued ?? [])]).map(({ id }) => id),
    )
    for (const id of accepted) if (!stored.has(id) && !acknowledged.has(id) && !dropped.has(id)) unstored.add(id)
    // Nobody waits for the replies any more.
    for (const [request, outcome] of outcomes) if (outcome === 'open') outcomes.delete(request)
    this.#account.page++
    this.#account.hasEnded = true
    for (const link of this.#links.splice(0)) link.leavePage(n % 3 > 0)
    this.store.dispose()
    this.store = this.#load()
  }

  /** What is wrong with the storage when nothing is left to send. */
  findFault(): string | undefined {
    this.commitAll()
    return this.#storage.record && 'a record is left in the storage'
  }

  dispose() {
    this.store.dispose()
    this.#page?.remove()
  }

  #load(): ReturnType<typeof createModelStore> {
    const connect = (_url: string, protocols: string | string[] = []) => {
      const link = this.#open(([] as string[]).concat(protocols).join(', '))
      this.#links = [...this.#links.filter((other) => !other.isOver()), link]
      return link.socket
    }
    const Class = function (url: string, protocols?: string | string[]) {
      return connect(url, protocols)
    } as unknown as WebSocketClass
    const storage = this.#bounds.hasStorage ? this.#storage.page() : undefined
    const store = createModelStore(Class, this.#bounds, this.#account, storage)
    void store.dispatch(socketConnect())
    return store
  }
}
