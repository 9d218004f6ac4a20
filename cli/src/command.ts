import type { Readable, Writable } from "node:stream";
import type { ChatClient, ChatUser } from "@chat/client";
import type { Printer } from "./printer.ts";
import type { Profile } from "./profile.ts";
import type { TalkContext } from "./talk-context.ts";

/** One option of a command; its key in the table is the long name. */
interface CommandOption {
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** Stands for the value in help: "FILE". */
  readonly placeholder?: string;
  readonly summary: string;
  /** Closed set of values: checked, shown in help, completed by shells. */
  readonly choices?: readonly string[];
}

/** Options by long name. */
export type OptionTable = Readonly<Record<string, CommandOption>>;

/** What was given for each option: booleans are always there, strings only if given. */
type OptionValues<Options extends OptionTable> = {
  readonly [Name in keyof Options]: Options[Name]["type"] extends "boolean" ? boolean : string | undefined;
};

/** A word after the command's name. */
interface CommandArgument {
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
}

/** One verb, of the command line and of a conversation. Help, checks and completions of both are derived from it. */
export interface Command<Options extends OptionTable = OptionTable> {
  readonly name: string;
  /** One line, imperative, no full stop. */
  readonly summary: string;
  readonly arguments: readonly CommandArgument[];
  readonly options: Options;
  /** Lines shown under "Examples" in the command's help. */
  readonly examples?: readonly string[];
  /**
   * Does it from the shell; absent: only a conversation on the screen has it.
   * @throws CommandError or what the SDK throws; the program turns both into a message and an exit code.
   */
  run?(context: CommandContext<Options>): Promise<void>;
  /** Does it in a conversation on the screen, as "/name"; absent: only the shell has it. */
  readonly talk?: TalkForm;
}

/** A command as a line in a conversation. */
export interface TalkForm {
  /** The words after "/name", for help: "[N] TEXT". */
  readonly usage: string;
  /** Where it says more than the command's own. */
  readonly summary?: string;
  /** `rest` is what follows the name, trimmed. @throws CommandError or what the SDK throws; the person gets the line back. */
  run(talk: TalkContext, rest: string): Promise<void> | void;
}

/** Gives a command its option types. */
export function defineCommand<const Options extends OptionTable>(command: Command<Options>): Command {
  // The table that parses the values is the one that types them.
  return command as unknown as Command;
}

/** How to reach the server, as settled from options, environment and profile. */
export interface ServerTarget {
  readonly url: string;
  /** File with the certificate authority to trust besides the system's. */
  readonly caFile?: string;
  /** Any certificate is taken: development only. */
  readonly insecure: boolean;
}

/** Opens the SDK. `stateFile` holds session, cursor and outbox. */
export type OpenClient = (options: {
  target: ServerTarget;
  stateFile: string;
  /** Whether the feed goes on from the cursor of the last run. */
  resume: "stored" | "fresh";
  /** Whether the feed starts by itself after sign-in. */
  autoStart: boolean;
}) => Promise<ChatClient>;

/** The world around a program: injected, so that tests own it. */
export interface Host {
  readonly input: Readable & { isTTY?: boolean; setRawMode?(on: boolean): unknown };
  readonly output: Writable & { isTTY?: boolean; columns?: number; rows?: number };
  readonly errorOutput: Writable & { isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How people start the program, for advice: "chat", or "npm run -s cli --". */
  readonly programName: string;
  /** Aborts on SIGINT, SIGTERM, SIGHUP and when the output can't be written. */
  readonly signal: AbortSignal;
  readonly homeDirectory: string;
  readonly workingDirectory: string;
  readonly openClient: OpenClient;
  /** Opens a file in an editor on this terminal. Resolves with the editor's exit code. */
  openEditor(command: string, file: string): Promise<number>;
  /** ms since 1970 */
  now(): number;
}

/** What a command gets. */
export interface CommandContext<Options extends OptionTable = OptionTable> extends Host {
  readonly values: OptionValues<Options>;
  readonly positionals: readonly string[];
  readonly print: Printer;
  /** Input and output are both terminals that can move the cursor, and nothing says otherwise: prompts are allowed. */
  readonly interactive: boolean;
  /** A terminal that only prints line after line (TERM=dumb): it gets no escape sequence. */
  readonly dumbTerminal: boolean;
  readonly profile: Profile;
  readonly target: ServerTarget;
  /** The SDK on this profile's state, closed when the command ends. */
  open(options?: { resume?: "stored" | "fresh"; autoStart?: boolean }): Promise<ChatClient>;
  /** As `open`, and signed in. @throws CommandError (sign-in needed) */
  openSignedIn(options?: {
    resume?: "stored" | "fresh";
    autoStart?: boolean;
  }): Promise<{ client: ChatClient; user: ChatUser }>;
}
