import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const OUT = "../server/src/fluoro/server/static";

/** Beside each file its compressed form: the server does not compress at every load. */
const compressed: Plugin = {
  name: "compressed",
  closeBundle() {
    const assets = join(import.meta.dirname, OUT, "assets");
    for (const name of readdirSync(assets))
      writeFileSync(join(assets, `${name}.gz`), gzipSync(readFileSync(join(assets, name)), { level: 9 }));
  },
};

// The console is static files inside the server's package; it is served at "/".
export default defineConfig({
  plugins: [compressed],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    // An inlined asset would be a data: address, which the security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: "es" },
  server: { proxy: {} },
});
