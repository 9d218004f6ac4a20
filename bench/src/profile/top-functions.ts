import { ROOT } from "../../../scripts/paths.ts";

/** What the inspector's Profiler.stop gives; times in µs. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const SHOWN = 30;

/** The functions that took most time themselves, as lines: share of the time that was not idle, ms, name and place. */
export function topFunctions(profile: CpuProfile): string {
  const selfUs = new Map<string, number>();
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  profile.samples.forEach((id, index) => {
    const name = names.get(id) ?? "?";
    selfUs.set(name, (selfUs.get(name) ?? 0) + (profile.timeDeltas[index] ?? 0));
  });
  selfUs.delete("(idle)");
  const totalUs = [...selfUs.values()].reduce((sum, us) => sum + us, 0);
  return [...selfUs]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(
      ([name, us]) =>
        `${((100 * us) / totalUs).toFixed(1).padStart(5)} % ${(us / 1000).toFixed(0).padStart(6)} ms  ${name}`,
    )
    .join("\n");
}

function nameOf({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const name = functionName || "(anonymous)";
  if (!url) return name;
  return `${name}  ${url.replace(`file://${ROOT}/`, "")}:${lineNumber + 1}`;
}
