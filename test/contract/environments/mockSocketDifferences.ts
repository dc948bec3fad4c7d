/** The cases that mock-socket 9.3.1 cannot play, or plays differently, with the reason. */
export const mockSocketDifferences: readonly (readonly [left: RegExp, reason: string])[] = [
  [
    /refused attempt|is available again|maxRetries|server is away|during backoff/,
    'a refused attempt is closed with 1000, clean',
  ],
  [/connection is cut|server restarts|fails after a loss/, 'a connection cannot be cut'],
  [/never answers the upgrade|upgrade hangs|frozen peer/, 'a connection cannot be frozen'],
  [/invalid UTF-8/, 'there are no frames, so none can be malformed'],
  [/closes with (?!1000)/, 'every close except 1000 is reported as unclean'],
  [/path is joined/, 'the server must have exactly the address of the client'],
]
