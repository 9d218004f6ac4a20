import { expect, it } from "vitest";
import { closeSection, isNewer, withVersion } from "./versions.ts";

it.each([
  ["0.2.0", "0.1.0", true],
  ["0.10.0", "0.9.9", true],
  ["1.0.0", "0.9.0", true],
  ["0.1.0", "0.1.0", false],
  ["0.0.9", "0.1.0", false],
  ["v0.2.0", "0.1.0", false],
  ["0.2", "0.1.0", false],
  ["", "0.1.0", false],
])("takes %s after %s: %s", (version, than, expected) => {
  expect(isNewer(version, than)).toBe(expected);
});

it("sets the version of a package and of nothing that it depends on", () => {
  const manifest = '{\n  "name": "chat",\n  "version": "0.1.0",\n  "dependencies": {\n    "version": "9.9.9"\n  }\n}\n';
  expect(withVersion(manifest, "0.2.0")).toBe(manifest.replace("0.1.0", "0.2.0"));
});

it("closes what is unreleased, and opens a new section", () => {
  const changelog = "# Changelog\n\n## Unreleased\n\n- A thing.\n\n## 0.1.0\n\nFirst.\n";
  expect(closeSection(changelog, "0.2.0", new Date("2026-11-24T12:00:00Z"))).toBe(
    "# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-11-24)\n\n- A thing.\n\n## 0.1.0\n\nFirst.\n",
  );
});

it("makes no release of nothing", () => {
  const day = new Date(0);
  expect(closeSection("# Changelog\n\n## Unreleased\n\n## 0.1.0\n", "0.2.0", day)).toBeUndefined();
  expect(closeSection("# Changelog\n", "0.2.0", day)).toBeUndefined();
});
