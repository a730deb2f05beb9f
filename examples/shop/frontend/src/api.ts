import axios from 'axios'

export interface Product {
  id: number
  sku: string
  name: string
  price: number
}

export interface CartLine {
  id: number
  name: string
  price: number
  amount: number
  sum: number
}

export interface Cart {
  lines: CartLine[]
  total: number
}

const client = axios.create({ baseURL: '/api', timeout: 8000, withCredentials: true })

/** A mark by which the logs of front end and back end can be matched; it guards nothing. */
const visit = Math.floor(Math.random() * 1e9).toString(36)

client.interceptors.request.use((config) => {
  config.headers.set('X-Visit', visit)
  return config
})

export async function fetchCart(): Promise<Cart> {
  return (await client.get<Cart>('/cart')).data
}

export async function fetchProducts(ids: number[]): Promise<Product[]> {
  const wanted = ids.filter((id) => Number.isInteger(id) && id > 0)
  if (!wanted.length) {
    return []
  }
  return (await client.get<Product[]>('/products', { params: { ids: wanted.join(',') } })).data
}
