import { glob } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { ROOT } from "../../../scripts/paths.ts";

const GENERATED = join(ROOT, "proto", "gen");

/** Every method of every service that `proto/` describes, in an order that depends on their names alone. */
export async function loadMethods(): Promise<readonly DescMethod[]> {
  const files: string[] = [];
  for await (const file of glob("**/*_pb.js", { cwd: GENERATED })) files.push(file);
  const services: DescService[] = [];
  for (const file of files) {
    const generated = (await import(pathToFileURL(join(GENERATED, file)).href)) as Record<string, unknown>;
    services.push(...Object.values(generated).filter(isService));
  }
  const methods = services.flatMap((service) => service.methods);
  return methods.sort((one, other) => (pathOf(one) < pathOf(other) ? -1 : 1));
}

/** "/package.Service/Method" */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function isService(value: unknown): value is DescService {
  return typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "service";
}
