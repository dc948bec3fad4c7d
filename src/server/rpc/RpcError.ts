/**
 * An error that the other end may see. Thrown by a method it is the answer; `connection.request` rejects with it. Whatever else a method throws is
 * answered with −32603 and no details.
 */
export class RpcError extends Error {
  /** Always `'RpcError'`. */
  override readonly name = 'RpcError'
  /** JSON-RPC 2.0 keeps −32768 to −32000 to itself; all other integers are the app's. */
  readonly code: number
  /** Anything that the codec carries. */
  readonly data: unknown

  /** The three members of a JSON-RPC error object. */
  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}
