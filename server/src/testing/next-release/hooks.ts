// Loaded into a server before its own code (`--import`): it runs as the release after this one, `next-release.ts`.
import { registerHooks } from "node:module";

/** Modules that the next release has in another form: what makes them of this release's, and what they export beside what stays. */
const REPLACED = [
  { path: "/proto/gen/chat/log/v1/event_pb.js", by: "nextEvent", exports: ["EventSchema"] },
  { path: "/server/src/domain/kinds.ts", by: "nextKinds", exports: ["KINDS", "rulesOf"] },
  { path: "/server/src/log/record-format.ts", by: "nextRecordFormat", exports: ["RECORD_FORMAT_VERSION"] },
  { path: "/proto/gen/chat/v1/chat_service_pb.js", by: "nextCauses", exports: ["CauseSchema"] },
  { path: "/server/src/projection/submit-event.ts", by: "nextSubmitEvent", exports: ["createSubmitEvent"] },
] as const;

const NEXT_RELEASE = import.meta.resolve("./next-release.ts");

registerHooks({
  load(url, context, nextLoad) {
    const replaced = REPLACED.find(({ path }) => url.endsWith(path));
    if (!replaced) return nextLoad(url, context);
    // With a query it is a module of its own, which is not replaced.
    const original = JSON.stringify(`${url}?this-release`);
    const source = `
      import * as original from ${original};
      import { ${replaced.by} } from ${JSON.stringify(NEXT_RELEASE)};
      export * from ${original};
      export const { ${replaced.exports.join(", ")} } = ${replaced.by}(original);`;
    return { format: "module", source, shortCircuit: true };
  },
});
