// The public names of `reduplex/server/deno`, listed one by one.
export { denoHandler, type DenoConnectionInfo, type DenoUpgrade } from './denoHandler.js'
export type { StandardWebSocket } from '../attach/fromWebSocket.js'
