import { fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { ServerReflection } from "@chat/proto/grpc/reflection/v1/reflection";
import { ServerReflection as ServerReflectionAlpha } from "@chat/proto/grpc/reflection/v1alpha/reflection";
import { describe, expect, it } from "vitest";
import { registerReflection } from "./reflection.ts";

/** A file with all that it imports. Clients take 4 MiB unless they are told otherwise, and a stream may ask 200 times. */
const ANSWER_MAX_BYTES = 128 * 1024;

/** Numbers in descriptor.proto, of which a path is made. */
const FIELD = { messages: 4, services: 6, fieldsOfMessage: 2, methodsOfService: 2 } as const;

describe.each([
  ["v1", ServerReflection],
  ["v1alpha", ServerReflectionAlpha],
] as const)("reflection %s", (_version, service) => {
  const client = createClient(service, createRouterTransport(registerReflection));

  async function filesOf(symbol: string): Promise<{ files: FileDescriptorProto[]; bytes: number }> {
    const ask = (async function* () {
      yield { messageRequest: { case: "fileContainingSymbol" as const, value: symbol } };
    })();
    for await (const { messageResponse } of client.serverReflectionInfo(ask)) {
      if (messageResponse.case !== "fileDescriptorResponse") break;
      const { fileDescriptorProto } = messageResponse.value;
      return {
        files: fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes)),
        bytes: fileDescriptorProto.reduce((sum, { length }) => sum + length, 0),
      };
    }
    throw new Error(`there is no ${symbol}`);
  }

  const commentAt = (file: FileDescriptorProto, path: readonly number[]): string | undefined =>
    file.sourceCodeInfo?.location.find((location) => location.path.join() === path.join())?.leadingComments;

  it("tells the comments of a method and of a field as the contract has them", async () => {
    const { files } = await filesOf("chat.v1.ChatService");
    const file = files.find(({ name }) => name === "chat/v1/chat_service.proto");
    if (!file) throw new Error("the service's file is missing");
    const serviceAt = file.service.findIndex(({ name }) => name === "ChatService");
    const methodAt = file.service[serviceAt]?.method.findIndex(({ name }) => name === "SendMessage") ?? -1;
    expect(commentAt(file, [FIELD.services, serviceAt, FIELD.methodsOfService, methodAt])).toMatch(
      /^ Posts a message; answers when it is stored and applied\. NOT_FOUND: no such person or room/,
    );
    const messageAt = file.messageType.findIndex(({ name }) => name === "SendMessageRequest");
    expect(commentAt(file, [FIELD.messages, messageAt, FIELD.fieldsOfMessage, 0])).toMatch(/@handle.*#name/);
  });

  it("leaves out the comments of what is imported from others, so that an answer stays small", async () => {
    const { files, bytes } = await filesOf("chat.v1.ChatService");
    const foreign = files.filter(({ name }) => name.startsWith("buf/") || name.startsWith("google/protobuf/"));
    expect(foreign.length).toBeGreaterThan(1);
    for (const { sourceCodeInfo } of foreign) expect(sourceCodeInfo).toBeUndefined();
    expect(bytes).toBeLessThan(ANSWER_MAX_BYTES);
  });
});
