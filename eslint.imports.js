/** Who may import whom. Flat config lets the last matching entry win, so each folder's entry names all its rules. */

const generated = {
  regex: "^@chat/proto/",
  message:
    "Generated types stop at rpc/, log/, hub/, relay/, wire/, domain/, rows/, people/, projection/ and client/: take a plain type.",
};
const engines = { regex: "(^|/)engines/", message: "Only compose.ts imports an engine: take the port as an argument." };
const server = { regex: "(^@chat/server|/server/src/)", message: "Clients speak to the server over the wire only." };
const clients = { regex: "^@chat/(client|cli|web)|/(client|cli|web)/src/", message: "The server knows no client." };
const transport = {
  regex: "^@(connectrpc|bufbuild)/",
  message: "The client SDK speaks to the server: import @chat/client.",
};
/** @param {string} up what leads out of domain/ */
const outside = (up) => ({
  regex: `^${up.replaceAll(".", "\\.")}|^@chat/(?!proto/)|^node:`,
  message: "domain/ is pure: it imports nothing of ours but generated types, and does no I/O.",
});

/** @param {string[]} tests globs of files that may import what they test and how it is run */
export function importRules(tests) {
  return [
    rule(["server/src/**"], [generated, engines, clients]),
    rule(["server/src/{rpc,log,hub,relay,wire,rows,people,projection}/**"], [engines, clients]),
    rule(["server/src/engines/**"], [generated, clients]),
    rule(["server/src/compose.ts"], [clients]),
    rule(["server/src/domain/**"], [outside("../"), engines]),
    rule(["server/src/domain/kinds/**"], [outside("../../"), engines]),
    rule(["client/src/**"], [server]),
    rule(["web/src/**", "cli/src/**"], [server, generated, transport]),
    rule(tests, []),
    rule(["server/src/domain/**/*.test.ts"], [engines, clients]),
  ];
}

function rule(files, patterns) {
  return { files, rules: { "no-restricted-imports": patterns.length ? ["error", { patterns }] : "off" } };
}
