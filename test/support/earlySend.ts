/** What development prints of a send before any connect. Many tests send into the queue first. */
export const EARLY_SEND = /^reduplex: a message was sent before any socketConnect\(\)/
