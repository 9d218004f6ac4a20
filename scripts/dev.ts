/** `npm run dev`: a server that restarts when its code changes, and the web app with hot reload in front of it. */
import { join } from "node:path";
import { ROOT, tool } from "./paths.ts";
import { runServices, stopSignal } from "./services.ts";

const { died } = await runServices(
  [
    {
      name: "server",
      command: "node",
      args: ["--watch", "--watch-preserve-output", "server/src/main.ts"],
      env: { DEMO_USERS: process.env.DEMO_USERS ?? "1" },
    },
    { name: "web", command: tool("vite"), args: ["--clearScreen", "false"], cwd: join(ROOT, "web") },
  ],
  { output: process.stdout, signal: stopSignal(console.log) },
);
process.exit(died.length > 0 ? 1 : 0);
