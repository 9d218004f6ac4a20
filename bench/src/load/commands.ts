import { direct, type DirectPlan } from "./direct.ts";
import { calls, type CallsPlan } from "./calls.ts";
import { fanOut, type FanOutPlan } from "./fan-out.ts";
import { openLoop, type OpenLoopPlan } from "./open-loop.ts";
import { resume, type ResumePlan } from "./resume.ts";
import { type LoadSession, openSession, type SessionPlan } from "./session.ts";

/** What a load process does when it is told to. Sessions are known by the numbers that `open` gives. */
export function createCommands() {
  const sessions = new Map<number, LoadSession>();
  let nextId = 1;

  function session(id: number): LoadSession {
    const found = sessions.get(id);
    if (!found) throw new Error(`there is no session ${id}`);
    return found;
  }

  return {
    async open(plan: SessionPlan): Promise<number> {
      const id = nextId++;
      sessions.set(id, await openSession(plan));
      return id;
    },
    fanOut: (args: { session: number } & FanOutPlan) => fanOut(session(args.session), args),
    direct: (args: { session: number } & DirectPlan) => direct(session(args.session), args),
    openLoop: (args: { session: number } & OpenLoopPlan) => openLoop(session(args.session), args),
    resume: (args: ResumePlan) => resume(args),
    calls: (args: CallsPlan) => calls(args),
    async close(args: { session: number }): Promise<void> {
      session(args.session).close();
      sessions.delete(args.session);
    },
  };
}

/** Names, arguments and results of all commands. */
export type Commands = ReturnType<typeof createCommands>;
