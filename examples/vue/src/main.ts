import { selectSocketStatus } from 'reduplex'
import { createApp, defineComponent, h } from 'vue'
import { live, store } from './store'
import { useSelector } from './useSelector'

// With @vitejs/plugin-vue this is a single-file component: the two refs in <script setup>, the rest in <template>.
const Prices = defineComponent({
  setup: () => {
    const status = useSelector(selectSocketStatus)
    const prices = useSelector((state) => state.prices)
    return () => [
      h('p', `The connection is ${status.value}.`),
      h(
        'ul',
        Object.entries(prices.value).map(([symbol, price]) =>
          h('li', { key: symbol }, `${symbol}: ${price.toFixed(2)}`),
        ),
      ),
    ]
  },
})

void store.dispatch(live.connect())
createApp(Prices).mount('#app')
