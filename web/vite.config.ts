import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import vue from "@vitejs/plugin-vue";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const SERVER_ORIGIN = process.env["CHAT_SERVER"] ?? "http://127.0.0.1:7000";
const COMPRESSIBLE = /\.(?:js|css|html|svg|json)$/;
const COMPRESS_FROM_BYTES = 1024;

/** Writes `.br` and `.gz` beside each text asset, so that the server sends them without compressing anything itself. */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    generateBundle: {
      order: "post",
      async handler(_options, bundle) {
        const files = Object.values(bundle).filter((file) => COMPRESSIBLE.test(file.fileName));
        for (const file of files) {
          const source = Buffer.from(file.type === "chunk" ? file.code : file.source);
          if (source.length < COMPRESS_FROM_BYTES) continue;
          const br = await promisify(brotliCompress)(source, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
          this.emitFile({ type: "asset", fileName: `${file.fileName}.br`, source: br });
          const gz = await promisify(gzip)(source, { level: 9 });
          this.emitFile({ type: "asset", fileName: `${file.fileName}.gz`, source: gz });
        }
      },
    },
  };
}

export default defineConfig(({ command }) => ({
  plugins: [vue(), tailwindcss(), precompress()],
  define: { __FAKE_CLIENT__: JSON.stringify(command === "serve" && process.env["VITE_FAKE"] === "1") },
  resolve: {
    alias: [
      {
        // Rules are the server's to judge: in the browser the options' descriptors (and 40 kB with them) are left out.
        find: "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js",
        replacement: new URL("./src/chat/validate-descriptor.ts", import.meta.url).pathname,
      },
    ],
  },
  build: { target: "es2024", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(
      ["/chat.v1.AuthService/", "/chat.v1.ChatService/"].map((path) => [path, { target: SERVER_ORIGIN }]),
    ),
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"] },
}));
