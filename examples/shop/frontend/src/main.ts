import { fetchCart, fetchProducts } from './api'
import { renderCart } from './cart'
import { showSearch } from './search'
import { connectTill } from './till'

/** Fill the parts of the page that need the API; a page without them is left alone. */
async function start(): Promise<void> {
  const cart = document.querySelector<HTMLElement>('#cart')
  if (cart) {
    renderCart(cart, await fetchCart())
  }
  const results = document.querySelector<HTMLElement>('#results')
  if (results) {
    showSearch(results, new URLSearchParams(window.location.search))
  }
  const offers = document.querySelector<HTMLElement>('#offers')
  if (offers) {
    const products = await fetchProducts((offers.dataset.ids ?? '').split(',').map(Number))
    offers.textContent = products.map((product) => product.name).join(' · ')
  }
  connectTill()
}

start().catch((error: unknown) => console.error('the shop could not start', error))
