/**
 * An error that the other end may see. When a method throws it, it becomes the reply; `connection.request` rejects with it. Any other error
 * that a method throws is replied to with −32603 and no details.
 */
export class RpcError extends Error {
  /** Always `'RpcError'`. */
  override readonly name = 'RpcError'
  /** An integer. JSON-RPC 2.0 reserves −32768 to −32000; all others are the app's. */
  readonly code: number
  /** Anything that the codec can encode. */
  readonly data: unknown

  /** Takes the three members of a JSON-RPC error object. */
  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}
