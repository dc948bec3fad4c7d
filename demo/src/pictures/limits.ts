/** What a file may have: the page's `maxMessageBytes`, and the `maxPayload` of the server. */
export const MAX_FILE_BYTES = 32 * 1024 * 1024

/** What may wait for the connection, all in all. The library's own default is 1 MiB. */
export const MAX_QUEUED_BYTES = 8 * 1024 * 1024
