import type { Line } from '../lib/store'
import { Lines } from './Lines'
import { StoreProvider } from './StoreProvider'

// Rendered for each request: the lines change.
export const dynamic = 'force-dynamic'

export default async function Page() {
  const response = await fetch(`http://127.0.0.1:${process.env.PORT ?? 8080}/lines`, { cache: 'no-store' })
  return (
    <StoreProvider lines={(await response.json()) as Line[]}>
      <Lines />
    </StoreProvider>
  )
}
