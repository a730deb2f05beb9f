import { defineConfig } from 'vite'

export default defineConfig({
  build: { outDir: '../backend/shop/static/web', sourcemap: false },
  server: { proxy: { '/api': 'http://localhost:8000' } },
})
