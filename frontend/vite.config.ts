import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
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

/** Names in the document what `src/main.tsx` will ask for, so that a browser fetches it beside the entry, not after. */
function nameStart(): Plugin {
  return {
    name: "name-start",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const start = Object.values(bundle).find((item) => item.type === "chunk" && item.name === "start");
        if (start?.type !== "chunk") throw new Error("there is no chunk for src/app/start.tsx");
        const scripts = new Set([start.fileName]);
        const styles = new Set<string>();
        for (const name of scripts) {
          const chunk = bundle[name];
          if (chunk?.type !== "chunk") continue;
          for (const needed of chunk.imports) scripts.add(needed);
          for (const style of chunk.viteMetadata?.importedCss ?? []) styles.add(style);
        }
        return [
          ...[...scripts].map((name) => ({ rel: "modulepreload", href: `./${name}` })),
          ...[...styles].reverse().map((name) => ({ rel: "stylesheet", href: `./${name}` })),
        ]
          .filter(({ href }) => !html.includes(href))
          .map((link) => ({ tag: "link", attrs: { ...link, crossorigin: true }, injectTo: "head" as const }));
      },
    },
  };
}

// What uPlot assigns to itself beside lines, which keeps it from being shaken off: a seventh of its weight.
const UNDRAWN = [
  "stepped = stepped",
  "bars    = bars",
  "spline  = monotoneCubic",
  "uPlot.join = join",
  "uPlot.fmtDate = fmtDate",
];

/** Leaves out of uPlot what no chart here draws. A release that names it otherwise stops the build, not a chart. */
function linesOnly(): Plugin {
  return {
    name: "lines-only",
    apply: "build",
    transform: {
      filter: { id: /uPlot\.esm\.js$/ },
      handler(code) {
        return UNDRAWN.reduce((rest, line) => {
          const found = new RegExp(`\\(?(paths\\.)?${line}\\)?;`);
          if (!found.test(rest))
            throw new Error(`uPlot has no "${line}" any more; see linesOnly in vite.config.ts`);
          return rest.replace(found, "");
        }, code);
      },
    },
  };
}

/** Whether a module's path has one of these in it, on any system. */
function of(...places: readonly string[]): RegExp {
  return new RegExp(places.join("|").replaceAll("/", "[\\\\/]"));
}

// What asks the server. It runs before React is there (src/app/ahead.ts), so nothing in it may need more than `react`.
const ASKS = [
  "node_modules/react/",
  "vite/preload-helper",
  "node_modules/openapi-fetch/",
  "node_modules/@tanstack/query-core/",
  "node_modules/@tanstack/react-query/.*/(queryOptions|infiniteQueryOptions)",
  "node_modules/@tanstack/router-core/.*/(searchParams|qss)",
  "src/shared/api/",
  "src/features/tracking/api/(experiments|runs|run-pages|series|views)\\.ts",
  "src/features/tracking/runs/(ask-runs|charted-ids|runs-question|runs-address)",
  "src/features/tracking/run/ask-run",
  "src/features/tracking/charts/chart-(query|settings)",
];

// The frame and what every page draws with, as one file: forty small ones weigh more, and each costs a request.
const FRAME = [
  "node_modules/react-dom/",
  "node_modules/scheduler/",
  "node_modules/@tanstack/(?!react-virtual|virtual-core)",
  "src/app/(?!ahead|start|palette-list|shortcut-help|found|overview/(?!routes))",
  "src/features/[a-z]+/routes\\.ts",
  "src/shared/comments/api",
  "src/shared/(ui|lib|api|routing|grid)/(?!reference|link-mentions|tokens|base\\.css|open-|tooltip|render-markdown|data-grid|grid-|use-grid|named-list|tags|markdown|found-table)",
  "src/shared/(chart/(line-chart|picture|swatch|use-width)|files/artifacts)",
  "src/features/tracking/experiment-link",
  "src/features/[a-z]+/(.*/)?(tabs|views)\\.ts",
];

// What is always needed together, though several pages need it: one file compresses better than its parts.
const TOGETHER = [
  { name: "read", files: "src/shared/ui/(markdown|found-table|tags)" },
  { name: "said", files: "src/shared/(comments/(comments|one-comment|mention-at)|routing/reference)" },
  { name: "runs", files: "src/features/tracking/runs/(runs-page|runs-search|runs.module)" },
  { name: "plot", files: "src/features/tracking/(charts/|run/run.module)" },
  {
    name: "serve",
    files:
      "src/features/serving/(words|use-order|links|serving.module|api/changes|deployment/deployment-state)",
  },
] as const;

export default defineConfig({
  plugins: [react(), precompress(), nameStart(), linesOnly()],
  // Relative addresses: the server writes its own prefix into index.html (docs/how-to/add-a-page.md).
  base: "./",
  resolve: {
    alias: {
      "@": fileURLToPath(new URL("src", import.meta.url)),
      // React has had this of its own since 18; the shim is for older ones.
      "use-sync-external-store/shim/with-selector": "use-sync-external-store/with-selector",
    },
  },
  // "page-title": a file's name tells its classes apart (src/architecture.test.ts), and a hash cannot be compressed.
  css: { modules: { generateScopedName: (name, file) => `${basename(file, ".module.css")}-${name}` } },
  build: {
    outDir: "../src/modelwright/web",
    emptyOutDir: true,
    target: "baseline-widely-available",
    assetsInlineLimit: 0, // the content policy allows no data: scripts or fonts
    modulePreload: {
      polyfill: false,
      // What the document names itself is on its way before anything could ask for it.
      resolveDependencies: (_, needed) =>
        needed.filter((name) => !/assets\/(rolldown-runtime|ask|frame|start)-[\w-]{8}\.js/.test(name)),
    },
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
            { name: "ask", test: of(...ASKS), priority: 2 },
            { name: "frame", test: of(...FRAME), priority: 1 },
            ...TOGETHER.map(({ name, files }) => ({ name, test: of(files), priority: 1 })),
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": process.env.MODELWRIGHT_URL ?? "http://127.0.0.1:5000" } },
});
