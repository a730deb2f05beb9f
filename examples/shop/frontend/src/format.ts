import moment from 'moment'

const euro = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' })

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Cents as a price. */
export function price(cents: number): string {
  return euro.format(cents / 100)
}

/** "3 days ago" of an ISO time. */
export function ago(time: string): string {
  return moment.utc(time).fromNow()
}

/** Text that may stand in markup. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char)
}
