/** `npm run release -- VERSION`: checks, then sets the version everywhere, closes the changelog's section, records the contract, commits and tags. Pushes nothing. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BASELINE } from "./check/breaking-changes.ts";
import { ROOT, tool } from "./paths.ts";
import { closeSection, isNewer, withVersion } from "./release/versions.ts";

const CHANGELOG = "CHANGELOG.md";
const version = process.argv[2] ?? "";
const git = (...args: string[]): string => execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const write = (path: string, text: string): void => writeFileSync(join(ROOT, path), text);

function refuse(why: string): never {
  process.stderr.write(`release: ${why}\n`);
  process.exit(1);
}

const root = JSON.parse(read("package.json")) as { version: string; workspaces: string[] };
if (!isNewer(version, root.version)) refuse(`name a version above ${root.version}: npm run release -- 1.2.3`);
if (git("status", "--porcelain") !== "") refuse("there are changes that are not committed");
if (git("branch", "--show-current") !== "main") refuse("releases are made on main");
if (git("tag", "--list", `v${version}`) !== "") refuse(`there is a tag v${version} already`);
const changelog = closeSection(read(CHANGELOG), version, new Date());
if (changelog === undefined) refuse(`${CHANGELOG} has nothing under "Unreleased"`);

execFileSync(process.execPath, ["scripts/check.ts"], { cwd: ROOT, stdio: "inherit" });
const manifests = ["package.json", ...root.workspaces.map((workspace) => `${workspace}/package.json`)];
for (const path of manifests) write(path, withVersion(read(path), version));
execFileSync("npm", ["install", "--package-lock-only", "--ignore-scripts"], { cwd: ROOT, stdio: "inherit" });
execFileSync(tool("buf"), ["build", ".", "-o", BASELINE], { cwd: ROOT, stdio: "inherit" });
write(CHANGELOG, changelog);
git("add", CHANGELOG, BASELINE, "package-lock.json", ...manifests);
git("commit", "-m", `chore: release ${version}`);
git("tag", "-a", `v${version}`, "-m", version);
process.stdout.write(
  `release: v${version} is committed and tagged. Publish it with: git push origin main v${version}\n`,
);
