import { Component, type ReactNode } from 'react'
import { Failure } from '../Failure.js'

interface PanelBoundaryProps {
  readonly onClose: (() => void) | undefined
  readonly children: ReactNode
}

interface PanelBoundaryState {
  /** In an object: anything can be thrown, `undefined` included. */
  readonly thrown?: { readonly error: unknown } | undefined
}

/** Keeps an error of the panel's rendering away from the app. React has error boundaries as classes only. */
export class PanelBoundary extends Component<PanelBoundaryProps, PanelBoundaryState> {
  override state: PanelBoundaryState = {}

  static getDerivedStateFromError(error: unknown): PanelBoundaryState {
    return { thrown: { error } }
  }

  override render(): ReactNode {
    const { children, onClose } = this.props
    const { thrown } = this.state
    if (!thrown) return children
    return <Failure error={thrown.error} onRetry={() => this.setState({ thrown: undefined })} onClose={onClose} />
  }
}
