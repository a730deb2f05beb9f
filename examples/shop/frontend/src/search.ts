import { escapeHtml } from './format'

const RECENT = 'recent-searches'
const MAX_RECENT = 8

function remember(words: string): string[] {
  const known: string[] = JSON.parse(localStorage.getItem(RECENT) ?? '[]')
  const recent = [words, ...known.filter((one) => one !== words)].slice(0, MAX_RECENT)
  localStorage.setItem(RECENT, JSON.stringify(recent))
  return recent
}

/** Say what was searched for, and offer the last searches again. */
export function showSearch(results: HTMLElement, query: URLSearchParams): void {
  const words = query.get('q') ?? ''
  const heading = document.createElement('div')
  heading.innerHTML = `<h2>Results for <em>${words}</em></h2>`
  results.prepend(heading)

  const list = document.createElement('ul')
  for (const recent of words ? remember(words) : []) {
    const item = document.createElement('li')
    item.innerHTML = `<a href="/search?q=${encodeURIComponent(recent)}">${escapeHtml(recent)}</a>`
    list.append(item)
  }
  results.append(list)
}
