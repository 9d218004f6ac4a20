import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { ChatService, Direction } from "@chat/proto/chat/v1/chat_service";
import type { Message } from "@chat/proto/chat/v1/message";
import type { User } from "@chat/proto/chat/v1/user";
import { createClient, type Transport } from "@connectrpc/connect";
import { callOptions } from "../calls.ts";
import { present } from "../client-error.ts";
import { toChatMessage, toUserRow } from "../from-proto.ts";
import type { Replica } from "../replica/replica.ts";
import type { ChatMessage, Messages } from "../types.ts";
import { ownAnswer } from "./own-answer.ts";

const DIRECTIONS = { sent: Direction.SENT, received: Direction.RECEIVED, both: Direction.BOTH } as const;

/** Pages and single messages straight from the server. See {@link Messages}. */
export function createMessages(transport: Transport, replica: Replica): Messages {
  const service = createClient(ChatService, transport);

  function taken(response: { readonly messages: readonly Message[]; readonly users: readonly User[] }): ChatMessage[] {
    for (const user of response.users) replica.putUser(toUserRow(user));
    return response.messages.map((message) => {
      const row = toChatMessage(message);
      replica.putMessage(row);
      const known = replica.message(row.seq);
      return known && known.version > row.version ? known : row;
    });
  }

  /** Every page of a list. */
  async function all<Page extends { readonly nextPageToken: string }>(
    page: (pageToken: string) => Promise<Page>,
  ): Promise<Page[]> {
    const pages: Page[] = [];
    for (let token = ""; pages.length === 0 || token !== ""; token = pages.at(-1)?.nextPageToken ?? "") {
      pages.push(await page(token));
    }
    return pages;
  }

  return {
    async list({ conversation, before, after, around, pageSize = 0, direction = "both", since, signal } = {}) {
      const response = await ownAnswer(
        replica,
        service.listMessages(
          {
            direction: DIRECTIONS[direction],
            pageSize,
            ...(conversation !== undefined && { conversation }),
            ...(before !== undefined && { before: BigInt(before) }),
            ...(after !== undefined && { after: BigInt(after) }),
            ...(around !== undefined && { around: BigInt(around) }),
            ...(since !== undefined && { since: timestampFromMs(since) }),
          },
          callOptions({ signal }),
        ),
      );
      return { messages: taken(response), hasMore: response.hasMore };
    },
    async get(seq) {
      const { message, users } = await ownAnswer(replica, service.getMessage({ seq: BigInt(seq) }, callOptions()));
      return taken({ messages: [present(message)], users })[0] as ChatMessage;
    },
    async versions(seq) {
      const pages = await ownAnswer(
        replica,
        all((pageToken) => service.listMessageVersions({ seq: BigInt(seq), pageToken }, callOptions())),
      );
      return pages.flatMap(({ versions }) =>
        versions.map(({ text, at }) => ({ text, at: at === undefined ? 0 : timestampMs(at) })),
      );
    },
    async pins(conversation) {
      const call = all((pageToken) => service.listPins({ conversation, pageToken }, callOptions()));
      const pages = await ownAnswer(replica, call);
      return pages.flatMap(taken);
    },
  };
}
