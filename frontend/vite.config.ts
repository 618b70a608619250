import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Writes .br and .gz beside every text asset, so that the server never compresses.
 *  In writeBundle, from the disk: in generateBundle the chunks still hold unresolved preload marks. */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    writeBundle(options, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!/\.(js|css|svg|json|webmanifest)$/.test(name)) continue;
        const path = join(options.dir ?? ".", name);
        const raw = readFileSync(path);
        if (raw.length < 256) continue;
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
        writeFileSync(`${path}.br`, brotliCompressSync(raw, { params }));
        writeFileSync(`${path}.gz`, gzipSync(raw, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), precompress()],
  // Relative addresses: the server writes its own prefix into index.html (docs/how-to/add-a-page.md).
  base: "./",
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  build: {
    outDir: "../src/modelwright/web",
    emptyOutDir: true,
    target: "baseline-widely-available",
    assetsInlineLimit: 0, // the content policy allows no data: scripts or fonts
    modulePreload: { polyfill: false },
    license: true,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      transform: {
        inject: {
          sessionStorage: [
            fileURLToPath(new URL("src/shared/lib/scroll-memory.ts", import.meta.url)),
            "scrollMemory",
          ],
        },
      },
      output: {
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/, priority: 3 },
            {
              name: "tanstack",
              test: /node_modules[\\/]@tanstack[\\/](react-router|router-core|history|store|react-store|react-query|query-core)[\\/]/,
              priority: 2,
            },
            // What every page draws with, as one file: forty small ones weigh more, and each costs a request.
            {
              name: "parts",
              test: /[\\/]src[\\/]shared[\\/](ui|lib|api|routing|grid)[\\/](?!open-|tooltip|render-markdown|data-grid|grid-|use-grid|named-list|tags|markdown|found-table|small-table)/,
              priority: 1,
            },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": process.env.MODELWRIGHT_URL ?? "http://127.0.0.1:5000" } },
});
