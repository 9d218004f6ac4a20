import {
  type GetUserRequest,
  GetUserResponseSchema,
  type ListUsersRequest,
  ListUsersResponseSchema,
} from "@chat/proto/chat/v1/chat_service";
import { NAME_PATTERN } from "../domain/names.ts";
import { NO_SUCH_PERSON } from "../domain/refusals.ts";
import { ChatError } from "../errors.ts";
import { type PersonEntry, userBody } from "../projection/roster.ts";
import type { EncodedMessage } from "../wire/wire.ts";
import type { ChatDependencies } from "./chat-dependencies.ts";
import { encodeResponse } from "./encoded.ts";
import { pageSize, pageToken, placeOf } from "./page-token.ts";
import { refusalError } from "../refusal-error.ts";
import { CHAT, COST, type Serve } from "./serve.ts";

const PAGE_DEFAULT = 20;

/** Before the handle in the token of a page: which of the two parts of the list it is in. */
const PART = { beginning: "a", containing: "b" } as const;

/** What is read of people. */
export function servePeople(serve: Serve): void {
  serve(CHAT.listUsers, COST.search, listUsers);
  serve(CHAT.getUser, COST.light, getUser);
}

/** People whose handle or display name contains the query: first those whose handle begins with it, each part by handle. */
export function listUsers(deps: ChatDependencies, request: ListUsersRequest): EncodedMessage {
  const { roster } = deps.projection;
  const query = request.query.trim().toLowerCase().replace(/^@/, "");
  const limit = pageSize(request.pageSize, PAGE_DEFAULT);
  const place = placeOf(request.pageToken, "string") ?? PART.beginning;
  const from = place.slice(1);
  const found: { person: PersonEntry; place: string }[] = [];

  function collect(people: Iterable<PersonEntry>, part: string, fits: (person: PersonEntry) => boolean | "end"): void {
    for (const person of people) {
      if (found.length > limit) return;
      const answer = fits(person);
      if (answer === "end") return;
      if (answer) found.push({ person, place: part + person.row.handle });
    }
  }

  if (place.startsWith(PART.beginning)) {
    collect(roster.peopleFrom(from > query ? from : query), PART.beginning, ({ row }) =>
      row.handle.startsWith(query) ? true : "end",
    );
  }
  if (query !== "") {
    collect(roster.peopleFrom(place.startsWith(PART.containing) ? from : ""), PART.containing, ({ row }) => {
      if (row.handle.startsWith(query)) return false;
      return row.handle.includes(query) || row.displayName.toLowerCase().includes(query);
    });
  }
  return encodeResponse(ListUsersResponseSchema, {
    users: found.slice(0, limit).map(({ person }) => userBody(person)),
    nextPageToken: found.length > limit ? pageToken(found[limit]?.place ?? "") : "",
  });
}

/** One person, by a handle that is or was theirs, or by id. */
export function getUser(deps: ChatDependencies, request: GetUserRequest): EncodedMessage {
  const { roster } = deps.projection;
  const text = request.user.replace(/^@/, "");
  const isHandle = NAME_PATTERN.test(text);
  if (!isHandle && !/^\d+$/.test(text)) {
    throw new ChatError("invalid_argument", "That is neither a handle nor an id.", {
      details: { fields: [{ field: "user", description: "must be @handle or a person's id" }] },
    });
  }
  const byHandle = isHandle ? deps.people.byHandle(text) : undefined;
  const person = roster.person(byHandle?.id ?? (request.user.startsWith("@") ? 0 : Number(text)));
  if (!person) throw refusalError(NO_SUCH_PERSON, request.user);
  return encodeResponse(GetUserResponseSchema, { user: userBody(person) });
}
