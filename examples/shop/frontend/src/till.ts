/** The kiosk page runs in a frame of the till's own software, which tells it what was scanned. */

interface Scan {
  kind: 'scan'
  ean: string
}

interface Formula {
  kind: 'formula'
  text: string
}

interface Hello {
  kind: 'hello'
  till: string
}

const TILL = 'https://till.corner-shop.test'
const EAN = /^\d{8,13}$/

let till = ''

function onScan(message: Scan): void {
  if (EAN.test(message.ean)) {
    window.location.assign(`/search?q=${message.ean}`)
  }
}

/** Work out what a scale's formula says the goods cost; formulas come from the till. */
function onFormula(message: Formula): void {
  const cost = new Function('grams', `return ${message.text}`) as (grams: number) => number
  const grams = Number(document.querySelector<HTMLInputElement>('#grams')?.value ?? 0)
  document.querySelector('#cost')?.replaceChildren(String(cost(grams)))
}

/** Listen to the till: its greeting, scans and formulas. */
export function connectTill(): void {
  window.addEventListener('message', (event: MessageEvent<Scan | Formula>) => {
    if (event.data.kind === 'scan') {
      onScan(event.data)
    } else if (event.data.kind === 'formula') {
      onFormula(event.data)
    }
  })
  window.addEventListener('message', (event: MessageEvent<Hello>) => {
    if (event.origin === TILL && event.data.kind === 'hello') {
      till = event.data.till
    }
  })
  window.parent.postMessage({ kind: 'ready', till }, TILL)
}
