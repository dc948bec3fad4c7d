import { createRoot } from 'react-dom/client'
import { Provider, useSelector } from 'react-redux'
import { useReconnectCountdown, useSocket } from 'reduplex/react'
import { live, store, type RootState } from './store'

const Status = () => {
  const { status, reconnect } = useSocket()
  const seconds = useReconnectCountdown()
  return (
    <p>
      The connection is {status}.{' '}
      {seconds !== null && <button onClick={() => reconnect()}>Next attempt in {seconds} s</button>}
    </p>
  )
}

const Row = ({ symbol }: { symbol: string }) => {
  const price = useSelector((state: RootState) => state.prices[symbol])
  return (
    <tr>
      <td>{symbol}</td>
      <td>{price?.toFixed(2)}</td>
    </tr>
  )
}

const symbolsOf = ({ prices }: RootState): string => Object.keys(prices).join()

const Prices = () => {
  const symbols = useSelector(symbolsOf)
  return (
    <table>
      <tbody>{symbols !== '' && symbols.split(',').map((symbol) => <Row key={symbol} symbol={symbol} />)}</tbody>
    </table>
  )
}

void store.dispatch(live.connect())
createRoot(document.getElementById('app')!).render(
  <Provider store={store}>
    <Status />
    <Prices />
  </Provider>,
)
