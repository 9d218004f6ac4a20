import manifest from "../package.json" with { type: "json" };

/** The release, as the package says. */
export const VERSION: string = manifest.version;
