/** The commands of the core. A command that carries its own code is not listed. */
export const commandVerbs = ['connect', 'send', 'sendRaw', 'reconnect', 'close'] as const

/** The events of the core. */
export const eventVerbs = [
  'connecting',
  'opened',
  'message',
  'error',
  'closed',
  'reconnecting',
  'failed',
  'dropped',
  'released',
  'changed',
] as const
