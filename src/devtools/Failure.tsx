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
      The panel of the socket devtools failed. Is the package @tanstack/react-virtual installed, and are the files of
      this build on the server?
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
