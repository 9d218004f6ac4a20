import { ChatError } from "../errors.ts";
import { removeProjection } from "./inspect-projection.ts";
import { createProjection, type Projection } from "./projection.ts";

/** Name of the read model's file: each worker has one of its own. @param worker from 1 */
export function projectionFile(worker: number): string {
  return worker === 1 ? "projection.db" : `projection-${worker}.db`;
}

/** Opens the read model of the log with this epoch; one that is damaged where only reading it shows is made again from the log. */
export function openProjection(path: string, epoch: string): Projection {
  try {
    return createProjection({ path, epoch });
  } catch (error) {
    if (error instanceof ChatError) throw error;
    removeProjection(path);
    return createProjection({ path, epoch });
  }
}
