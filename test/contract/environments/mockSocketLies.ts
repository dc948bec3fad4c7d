/** The cases that mock-socket 9.3.1 cannot play, or plays untrue: which, and why. */
export const mockSocketLies: readonly (readonly [left: RegExp, reason: string])[] = [
  [
    /refused dial|comes back is found|maxRetries|server is away|during backoff/,
    'a refused dial is closed as 1000, clean',
  ],
  [/line is cut|server restarts|an unwanted end/, 'a connection cannot be cut'],
  [/never answers the upgrade|upgrade hangs|froze/, 'a connection cannot be frozen'],
  [/invalid UTF-8/, 'there are no frames, so none can be malformed'],
  [/closes with (?!1000)/, 'every close but 1000 is said to be unclean'],
  [/path is joined/, 'the server has to be at the very address that is dialled'],
]
