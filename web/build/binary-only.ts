import type { Plugin } from "vite";

const JSON_MODULE = /@bufbuild\/protobuf\/dist\/esm\/(from|to)-json\.js$/;
const EXPORTS = {
  from: ["fromJson", "fromJsonString", "mergeFromJson", "mergeFromJsonString", "enumFromJson", "isEnumJson"],
  to: ["toJson", "toJsonString", "enumToJson"],
} as const;

/**
 * Leaves protobuf's JSON out of the browser's bundle, 9 kB gzipped: the app speaks gRPC-web, which is binary. Connect names the functions
 * for its other protocol; a call of one throws.
 */
export function binaryOnly(): Plugin {
  return {
    name: "chat:binary-only",
    apply: "build",
    enforce: "pre",
    load(id) {
      const [, direction] = JSON_MODULE.exec(id) ?? [];
      if (direction !== "from" && direction !== "to") return undefined;
      const refuse = 'const refuse = () => { throw new Error("this bundle has no protobuf JSON"); };';
      return `${refuse}\nexport { ${EXPORTS[direction].map((name) => `refuse as ${name}`).join(", ")} };`;
    },
  };
}
