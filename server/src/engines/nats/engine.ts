import type { Engine } from "../../engine.ts";
export function createNatsEngine(_o: unknown): Promise<Engine> { throw new Error("todo"); }
