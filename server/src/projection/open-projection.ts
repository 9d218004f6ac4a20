import { isDamage, unreadable } from "./damage.ts";
import { removeProjection } from "./inspect-projection.ts";
import { createProjection, type Projection } from "./projection.ts";

/** Name of the read model's file: each worker has one of its own. @param worker from 1 */
export function projectionFile(worker: number): string {
  return worker === 1 ? "projection.db" : `projection-${worker}.db`;
}

/**
 * Opens the read model of the log with this epoch; one that is damaged where only reading it shows is made again from the log.
 * @throws ChatError `failed_precondition` when another process has it open; `unavailable` when the disk does not let it be read or written
 */
export function openProjection(path: string, epoch: string): Projection {
  try {
    try {
      return createProjection({ path, epoch });
    } catch (error) {
      if (!isDamage(error)) throw error;
      removeProjection(path);
      return createProjection({ path, epoch });
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}
