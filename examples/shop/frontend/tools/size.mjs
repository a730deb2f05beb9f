// Prints how large the built front end is, for the label of a pull request.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const folder = new URL('../src', import.meta.url).pathname
const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
console.log(`${process.env.TITLE ?? 'this change'}: ${(bytes / 1024).toFixed(1)} KB of source`)
