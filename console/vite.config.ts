import { defineConfig } from "vite";

// The console is static files inside the server's package; it is served at "/".
export default defineConfig({
  build: {
    outDir: "../server/src/fluoro/server/static",
    emptyOutDir: true,
    target: "es2022",
    // An inlined asset would be a data: address, which the security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: "es" },
  server: { proxy: {} },
});
