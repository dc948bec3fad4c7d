/** The maximum size of a file: the `maxMessageBytes` of the page and the `maxPayload` of the server. */
export const MAX_FILE_BYTES = 32 * 1024 * 1024

/** The maximum size of the queue. The default of the library is 1 MiB. */
export const MAX_QUEUED_BYTES = 8 * 1024 * 1024
