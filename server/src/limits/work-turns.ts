/**
 * Gives long work turns of the event loop: pages of messages, searches, catch-up. What is short never waits for more than one piece of it and the time below,
 * however many pieces were asked for at once.
 */
export interface WorkTurns {
  /** Resolves when a piece of the owner's work may begin. Owners take turns, whatever each of them asks for. */
  next(owner: string): Promise<void>;
  /** Pieces that wait. */
  readonly waiting: number;
}

/** How long the pieces may take that begin in one turn of the event loop, in ms. */
const TURN_MS = 4;

const AT_ONCE = Promise.resolve();

/** @param options.clock ms of a clock that never goes back */
export function createWorkTurns(options: { clock: () => number; setImmediate: (run: () => void) => void }): WorkTurns {
  const { clock } = options;
  /** In the order in which the owners have their turns. */
  const owners = new Map<string, (() => void)[]>();
  let waiting = 0;
  let isTurnOver = true;
  let turnBegan = 0;

  function beginTurn(): void {
    turnBegan = clock();
    isTurnOver = false;
    options.setImmediate(endTurn);
  }

  function endTurn(): void {
    isTurnOver = true;
    const [first] = owners;
    if (!first) return;
    const [owner, pieces] = first;
    owners.delete(owner);
    const begin = pieces.shift();
    if (pieces.length > 0) owners.set(owner, pieces);
    waiting--;
    beginTurn();
    begin?.();
  }

  return {
    next(owner) {
      if (isTurnOver) beginTurn();
      if (waiting === 0 && clock() - turnBegan < TURN_MS) return AT_ONCE;
      waiting++;
      return new Promise((begin) => {
        const pieces = owners.get(owner);
        if (pieces) pieces.push(begin);
        else owners.set(owner, [begin]);
      });
    },
    get waiting() {
      return waiting;
    },
  };
}
