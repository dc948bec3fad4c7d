interface FailureProps {
  readonly error: unknown
  readonly onRetry: () => void
  /** `undefined` when the devtools cannot be closed. */
  readonly onClose: (() => void) | undefined
}

/** Takes the place of a panel that cannot be loaded or rendered. */
export const Failure = ({ error, onRetry, onClose }: FailureProps) => (
  <div className="failure" role="alert">
    <p>
      The socket devtools cannot be shown. Try again, or reload the page. If they cannot be loaded: does the server have
      all their files, and is @tanstack/react-virtual installed?
    </p>
    <p className="problem">{String(error)}</p>
    <button type="button" onClick={onRetry}>
      Try again
    </button>{' '}
    {onClose && (
      <button type="button" onClick={onClose}>
        Close
      </button>
    )}
  </div>
)
