import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const COMPRESSIBLE = /\.(?:js|css|html|svg|json)$/;
const COMPRESS_FROM_BYTES = 1024;

/** Writes `.br` and `.gz` beside each text asset, so that the server sends them without compressing anything itself. */
export function precompress(): Plugin {
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
