import {
  useIsLost,
  useReconnectCountdown,
  useSocket,
  useSocketConnection,
  useSocketMessage,
  useSubscription,
} from '../../../src/react/index.js'

/** Uses every hook. */
export const Page = () => {
  const { status, isOpen, retryAt } = useSocket()
  const { status: subscription, data } = useSubscription('prices')
  useSocketMessage('n', () => {})
  useSocketConnection()
  const countdown = useReconnectCountdown()
  const isLost = useIsLost()
  return <p>{[status, isOpen, retryAt, subscription, data, countdown, isLost].map(String).join(' ')}</p>
}

/** What it renders before anything has happened: on a server, and in a browser that takes over from one. */
export const idlePage = '<p>idle false null pending undefined null false</p>'
