// The public names of `reduplex/server/bun`, listed one by one.
export { bunAdapter, type BunAdapter, type BunServer, type BunSocket, type BunSocketData } from './bunAdapter.js'
