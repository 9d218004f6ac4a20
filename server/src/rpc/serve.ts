import type { DescMessage, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import type { Caller } from "../auth/auth.ts";
import { CALL_COSTS, type CallCost } from "../limits/call-cost.ts";
import type { Answer } from "../wire/wire.ts";
import type { ChatDependencies } from "./chat-dependencies.ts";

/** The calls of ChatService, and what they cost: for the tables beside the functions that answer them. */
export const CHAT = ChatService.method;
export const COST = CALL_COSTS;

/**
 * Adds a call to the table of methods: for those who signed in, answered from what is applied here; what its caller has seen of the log is waited for.
 * @param isValid whether the request surely fits its rules, where that is known sooner
 */
export type Serve = <I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  cost: CallCost,
  handler: (deps: ChatDependencies, request: MessageShape<I>, caller: Caller) => Answer<O> | Promise<Answer<O>>,
  isValid?: (request: MessageShape<I>) => boolean,
) => void;
