import { execFile } from "node:child_process";
import { glob, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The Debian release whose nats-server is new enough; it needs libc6 2.34, so it runs on the release before, too. */
const RELEASE = "trixie";

/** Long enough for a slow mirror. */
const APT_TIMEOUT_MS = 120_000;

/**
 * Puts Debian's nats-server at `target` without installing it and without root: the package is downloaded by the machine's own apt,
 * from the mirror and with the keyring that its configuration names, with lists and archives in a directory of our own.
 *
 * @throws Error that says why not: no apt, no Debian mirror configured, mirror out of reach.
 */
export async function bringFromDebian(target: string): Promise<void> {
  const { mirror, keyring } = await debianSource();
  await mkdir(dirname(target), { recursive: true });
  const work = await mkdtemp(join(dirname(target), "bring-"));
  try {
    await mkdir(join(work, "lists", "partial"), { recursive: true });
    await mkdir(join(work, "cache", "archives", "partial"), { recursive: true });
    const options = keyring ? ` [signed-by=${keyring}]` : "";
    await writeFile(join(work, "sources.list"), `deb${options} ${mirror} ${RELEASE} main\n`);
    const apt = (...args: string[]) =>
      run("apt-get", [...privateApt(work), ...args], { cwd: work, timeout: APT_TIMEOUT_MS, maxBuffer: 1 << 24 });

    await apt("update");
    await apt("download", "nats-server");
    const archive = (await readdir(work)).find((name) => name.endsWith(".deb"));
    if (!archive) throw new Error("apt-get download left no package");
    await run("dpkg-deb", ["-x", archive, "tree"], { cwd: work, timeout: APT_TIMEOUT_MS });

    const binary = (await Array.fromAsync(glob("usr/{bin,sbin}/nats-server", { cwd: join(work, "tree") })))[0];
    if (!binary) throw new Error("the package holds no nats-server");
    await rename(join(work, "tree", binary), target);
  } catch (cause) {
    throw new Error(`nats-server can't be brought from Debian ${RELEASE}: ${reasonOf(cause)}`, { cause });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The Debian mirror that this machine uses, and the keyring that its entry names, if any. */
async function debianSource(): Promise<{ mirror: string; keyring: string | undefined }> {
  const format = "$(REPO_URI)\t$(COMPONENT)\t$(ORIGIN)\t$(SOURCESENTRY)";
  const { stdout } = await run("apt-get", ["indextargets", "--format", format, "Created-By: Packages"]).catch(
    (cause: unknown) => {
      throw new Error("there is no apt to bring nats-server with", { cause });
    },
  );
  const entries = stdout
    .split("\n")
    .map((line) => line.split("\t"))
    .filter(([uri = "", component]) => component === "main" && /\/debian\/?$/.test(uri));
  // The origin is known once the machine has fetched its lists; before that the address must do.
  const entry = entries.find(([, , origin]) => origin === "Debian") ?? entries.find(([, , origin]) => !origin);
  const mirror = entry?.[0];
  if (!mirror) throw new Error("apt is not configured with a Debian mirror");
  return { mirror, keyring: await keyringOf(entry[3] ?? "") };
}

/** The `Signed-By` file of a sources entry. An entry without one relies on the keys that apt trusts in general. */
async function keyringOf(sourcesEntry: string): Promise<string | undefined> {
  const file = sourcesEntry.replace(/:\d+$/, "");
  const text = await readFile(file, "utf8").catch(() => ""); // unreadable: apt's general keys are tried
  return /^Signed-By:\s*(\/\S+)/im.exec(text)?.[1] ?? /\[[^\]]*signed-by=(\/[^\s\]]+)/i.exec(text)?.[1];
}

function privateApt(work: string): string[] {
  const settings = {
    "Dir::Etc::sourcelist": join(work, "sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::Etc::preferences": "/dev/null",
    "Dir::Etc::preferencesparts": "-",
    "Dir::State::Lists": join(work, "lists"),
    "Dir::Cache": join(work, "cache"),
    // Our directory is private, so apt's download user could not write to it.
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
  };
  return ["-qq", ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`])];
}

function reasonOf(cause: unknown): string {
  const { stderr, message } = cause as { stderr?: string; message: string };
  return stderr?.trim().split("\n").at(-1) || message;
}
