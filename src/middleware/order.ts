// The order in which features take part, and the order of hooks of the same name. A feature of the app's own may use any number between.

export const app = 0
export const debug = 1
export const headers = 5
export const secrets = 6
export const httpStatus = 6
export const queue = 5
export const address = 5
export const retry = 5
export const handover = 6
export const codec = 10
export const framedCodec = 11
export const schema = 20
export const rate = 25
export const binary = 30
export const heartbeat = 40
export const page = 60
export const idle = 70
export const protocol = 80
export const handshake = 90
export const ping = 100
export const framing = 105
export const early = 110
export const inbound = 120
export const carried = 200
export const batch = 210
export const store = 300
