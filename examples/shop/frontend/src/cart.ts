import sortBy from 'lodash/sortBy'
import type { Cart, CartLine } from './api'
import { escapeHtml, price } from './format'

function row(line: CartLine): string {
  return `<tr><td>${line.amount}</td><td>${escapeHtml(line.name)}</td><td>${price(line.sum)}</td></tr>`
}

/** Draw the cart, dearest lines first. */
export function renderCart(table: HTMLElement, cart: Cart): void {
  const lines = sortBy(cart.lines, (line) => -line.sum)
  table.innerHTML = lines.map(row).join('')
  const total = document.querySelector('#total')
  if (total) {
    total.textContent = price(cart.total)
  }
}
