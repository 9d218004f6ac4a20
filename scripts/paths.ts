import { delimiter, join, resolve } from "node:path";

/** The repository. */
export const ROOT = resolve(import.meta.dirname, "..");

/** The file of a tool that is installed with the repository's own dependencies. */
export function tool(name: string): string {
  return join(ROOT, "node_modules", ".bin", name);
}

/** The environment with this repository's tools, its Node.js among them, first on the PATH. */
export function toolEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...env, PATH: [join(ROOT, "node_modules", ".bin"), env.PATH ?? ""].join(delimiter) };
}
