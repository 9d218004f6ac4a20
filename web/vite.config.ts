import tailwindcss from "@tailwindcss/vite";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";
import { binaryOnly } from "./build/binary-only.ts";
import { precompress } from "./build/precompress.ts";

const SERVER_ORIGIN = process.env["CHAT_SERVER"] ?? "http://127.0.0.1:7000";
const RPC_PATHS = ["/chat.v1.AuthService/", "/chat.v1.ChatService/"];

export default defineConfig(({ command }) => ({
  plugins: [vue(), tailwindcss(), binaryOnly(), precompress()],
  define: { __FAKE_CLIENT__: JSON.stringify(command === "serve" && process.env["VITE_FAKE"] === "1") },
  resolve: {
    alias: [
      {
        // Rules are the server's to judge: in the browser their descriptors, and the bytes they cost, are left out.
        find: "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js",
        replacement: new URL("./build/validate-descriptor.ts", import.meta.url).pathname,
      },
    ],
  },
  build: {
    target: "es2024",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // The picker's emoji, fetched when it opens.
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // What every page needs in one file: fewer requests, and one that stays cached when only pages change.
            { name: "vue", test: /node_modules\/(?:vue|@vue|vue-router)\// },
          ],
        },
      },
    },
  },
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(RPC_PATHS.map((path) => [path, { target: SERVER_ORIGIN }])),
  },
  // Components fetch their parts when they are first used, which takes a while on a busy machine.
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts"],
    testTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
  },
}));
