const VERSION = /^(\d+)\.(\d+)\.(\d+)$/;
const UNRELEASED = "## Unreleased\n";

/** Whether a text is a version of three numbers, above another one. */
export function isNewer(version: string, than: string): boolean {
  const [given, known] = [VERSION.exec(version), VERSION.exec(than)];
  if (!given || !known) return false;
  for (let part = 1; part <= 3; part++) {
    const difference = Number(given[part]) - Number(known[part]);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** A package.json with another version; the rest stays as it is written. */
export function withVersion(manifest: string, version: string): string {
  return manifest.replace(/^( {2}"version": )"[^"]*"/m, `$1"${version}"`);
}

/** The changelog with what is unreleased under the version and its day, and a new empty section above; undefined where nothing is unreleased. */
export function closeSection(changelog: string, version: string, day: Date): string | undefined {
  const at = changelog.indexOf(UNRELEASED);
  if (at < 0) return undefined;
  const rest = changelog.slice(at + UNRELEASED.length);
  const end = rest.search(/^## /m);
  if ((end < 0 ? rest : rest.slice(0, end)).trim() === "") return undefined;
  return `${changelog.slice(0, at)}${UNRELEASED}\n## ${version} (${day.toISOString().slice(0, 10)})\n${rest}`;
}
