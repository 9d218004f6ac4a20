import { relative } from "node:path";
import { ROOT, tool } from "../paths.ts";
import { breakingChanges } from "./breaking-changes.ts";
import { staleGeneratedFiles } from "./generated-code.ts";
import { tightenedRules } from "./validation-rules.ts";

/** One thing that must hold for the sources. */
export interface Check {
  readonly name: string;
  /** A command that ends with 0 where it holds … */
  readonly command?: readonly string[];
  /** … or what is wrong; empty where it holds. */
  readonly run?: () => Promise<readonly string[]>;
  /** What mends it, where that is a command. */
  readonly mend?: string;
}

/** Everything `npm run check` looks at, the slow ones first so that two at a time end together. */
export const CHECKS: readonly Check[] = [
  {
    name: "lint",
    command: [tool("eslint"), ".", "--max-warnings", "0", "--cache", "--cache-location", ".cache/eslint/"],
    mend: "npx eslint . --fix",
  },
  { name: "types of web", command: [tool("vue-tsc"), "-p", "web/tsconfig.json", "--noEmit"] },
  ...["server", "client", "cli", "e2e", "chaos", "bench", "sim"].map((workspace) => ({
    name: `types of ${workspace}`,
    command: [tool("tsc"), "-p", `${workspace}/tsconfig.json`],
  })),
  { name: "types of scripts", command: [tool("tsc"), "-p", "tsconfig.json"] },
  { name: "format", command: [tool("prettier"), "--check", "--log-level", "warn", "."], mend: "npm run format" },
  { name: "dead code", command: [tool("knip"), "--no-progress"] },
  { name: "proto lint", command: [tool("buf"), "lint"] },
  { name: "proto format", command: [tool("buf"), "format", "--diff", "--exit-code"], mend: "npm run format" },
  { name: "proto breaking", run: breakingChanges },
  { name: "proto rules", run: tightenedRules },
  { name: "generated code", run: staleGeneratedFiles, mend: "npm run gen" },
];

/** The check's command as a person would type it. */
export function commandLine({ command, name }: Check): string {
  return command ? [relative(ROOT, command[0] ?? ""), ...command.slice(1)].join(" ") : name;
}
