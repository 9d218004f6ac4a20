/** `npm run admin`: what operators do to what servers store. Without a command it says which there are. */
import { runAdmin } from "../server/src/admin/run-admin.ts";

const stop = new AbortController();
process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());
process.exitCode = await runAdmin({
  args: process.argv.slice(2),
  env: process.env,
  say: console.log,
  complain: console.error,
  signal: stop.signal,
});
