import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'

/** How new connections are refused: reset right after the accept, or nobody listening (ECONNREFUSED). */
export type Refusal = 'reset' | 'closed'

export interface FaultProxy extends AsyncDisposable {
  /** Stays the same for the life of the proxy. */
  readonly port: number
  /** TCP connections ever accepted, the refused ones included (with `closed` nobody can count). */
  readonly attempts: number
  /** TCP connections now. */
  readonly links: number
  /** Milliseconds that each chunk waits, in both directions. */
  latency: number
  /** So many more bytes pass, in both directions together; then every connection is cut. @default Infinity */
  bytesLeft: number
  /** Resolves when `attempts` has reached `count`. */
  whenAttempted: (count: number) => Promise<void>
  /** Cuts every connection with a TCP reset. New ones are accepted. */
  drop: () => void
  refuse: (how?: Refusal) => Promise<void>
  /** Bytes are lost, in both directions; every socket stays, and new ones are accepted without an answer. */
  freeze: () => void
  /** Bytes are held back, in both directions, and arrive after `resume()`. */
  stall: () => void
  /** Back to normal, on the same port. Connections that were frozen stay dead, because half of their bytes are lost. */
  resume: () => Promise<void>
}

interface Link {
  readonly near: Socket
  readonly far: Socket | undefined
  dead: boolean
}

const listen = async (server: Server, port: number): Promise<void> => {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** A TCP proxy on one port of 127.0.0.1 that can do to a connection what networks do. */
export const startFaultProxy = async (targetPort: number): Promise<FaultProxy> => {
  const links = new Set<Link>()
  const waiting: { count: number; resolve: () => void }[] = []
  let attempts = 0
  let frozen = false
  let refusing: Refusal | null = null

  const pump = (link: Link, from: Socket, to: Socket): void => {
    let lastChunkAt = 0
    const inOrder = (task: () => void): void => {
      if (proxy.latency === 0 && lastChunkAt <= performance.now()) {
        task()
        return
      }
      lastChunkAt = Math.max(lastChunkAt, performance.now() + proxy.latency)
      setTimeout(task, lastChunkAt - performance.now())
    }
    from.on('data', (given: Buffer) => {
      if (link.dead) return
      const chunk = given.subarray(0, proxy.bytesLeft)
      proxy.bytesLeft -= chunk.length
      if (proxy.bytesLeft <= 0) {
        proxy.bytesLeft = Infinity
        // Until the reset goes out nothing more passes: a stream with a hole is no fault that networks have.
        for (const one of links) one.dead = true
        // What has passed arrives: the near end gets it before the reset.
        to.write(chunk, () => cutAll())
        return
      }
      inOrder(() => {
        if (!to.destroyed && !link.dead) to.write(chunk)
      })
    })
    from.on('end', () => {
      if (!link.dead) inOrder(() => to.end())
    })
    // A reset arrives as an error; the close below passes it on.
    from.on('error', () => {})
    from.on('close', (hadError) => {
      if (link.dead) return
      links.delete(link)
      if (hadError) to.resetAndDestroy()
      else inOrder(() => to.destroy())
    })
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    attempts += 1
    for (const waiter of waiting.filter(({ count }) => count <= attempts)) {
      waiting.splice(waiting.indexOf(waiter), 1)
      waiter.resolve()
    }
    if (refusing !== null) {
      near.on('error', () => {})
      near.resetAndDestroy()
      return
    }
    // Connected while frozen: the other side never gets it.
    const far = frozen
      ? undefined
      : connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const link: Link = { near, far, dead: frozen }
    links.add(link)
    if (far === undefined) {
      near.on('error', () => {})
      near.on('end', () => near.destroy())
      near.on('close', () => links.delete(link))
      near.resume()
      return
    }
    pump(link, near, far)
    pump(link, far, near)
  })

  const cutAll = (): void => {
    for (const { near, far } of links) {
      near.resetAndDestroy()
      far?.resetAndDestroy()
    }
    links.clear()
  }
  const stopListening = async (): Promise<void> => {
    if (!server.listening) return
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      cutAll()
    })
  }

  await listen(server, 0)
  const { port } = server.address() as AddressInfo

  const proxy: FaultProxy = {
    port,
    latency: 0,
    bytesLeft: Infinity,
    get attempts() {
      return attempts
    },
    get links() {
      return links.size
    },
    whenAttempted: async (count) => {
      if (attempts >= count) return
      await new Promise<void>((resolve) => waiting.push({ count, resolve }))
    },
    drop: cutAll,
    refuse: async (how = 'reset') => {
      refusing = how
      if (how === 'closed') await stopListening()
    },
    freeze: () => {
      frozen = true
      for (const link of links) link.dead = true
    },
    stall: () => {
      for (const { near, far } of links) {
        near.pause()
        far?.pause()
      }
    },
    resume: async () => {
      frozen = false
      refusing = null
      for (const { near, far } of links) {
        near.resume()
        far?.resume()
      }
      if (!server.listening) await listen(server, port)
    },
    [Symbol.asyncDispose]: stopListening,
  }
  return proxy
}
