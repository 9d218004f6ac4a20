import { clone, createRegistry, type DescFile, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, SourceCodeInfoSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { AuthService } from "@chat/proto/chat/v1/auth_service";
import { ChatService } from "@chat/proto/chat/v1/chat_service";
import { comments } from "@chat/proto/comments";
import { file_google_rpc_error_details } from "@chat/proto/google/rpc/error_details";
import { Health } from "@chat/proto/grpc/health/v1/health";
import { ServerReflection } from "@chat/proto/grpc/reflection/v1/reflection";
import { ServerReflection as ServerReflectionAlpha } from "@chat/proto/grpc/reflection/v1alpha/reflection";

const SERVICES = [AuthService, ChatService, Health, ServerReflection, ServerReflectionAlpha];

/** Questions on one stream: `grpcurl describe` of everything here asks a tenth of this. A stream whose client asks no more ends by the time limit of request bodies. */
const QUESTIONS_MAX = 200;

/** What both versions of the service ask. */
type Question =
  | { case: "fileByFilename" | "fileContainingSymbol" | "allExtensionNumbersOfType" | "listServices"; value: string }
  | { case: "fileContainingExtension"; value: { containingType: string; extensionNumber: number } }
  | { case: undefined; value?: undefined };

type Answer =
  | { case: "fileDescriptorResponse"; value: { fileDescriptorProto: Uint8Array[] } }
  | { case: "allExtensionNumbersResponse"; value: { baseTypeName: string; extensionNumber: number[] } }
  | { case: "listServicesResponse"; value: { service: { name: string }[] } }
  | { case: "errorResponse"; value: { errorCode: number; errorMessage: string } };

/** The server describes itself, so that `grpcurl` and `buf curl` need no files. Both versions of the service answer alike. */
export function registerReflection(router: ConnectRouter): void {
  const answer = createAnswers();
  router.service(ServerReflection, {
    async *serverReflectionInfo(requests) {
      for await (const request of bounded(requests)) {
        yield { validHost: request.host, originalRequest: request, messageResponse: answer(request.messageRequest) };
      }
    },
  });
  router.service(ServerReflectionAlpha, {
    async *serverReflectionInfo(requests) {
      for await (const request of bounded(requests)) {
        yield { validHost: request.host, originalRequest: request, messageResponse: answer(request.messageRequest) };
      }
    },
  });
}

/** @throws ConnectError `resource_exhausted` after {@link QUESTIONS_MAX}; `invalid_argument` for one with half a surrogate pair, which no answer can repeat */
async function* bounded<T extends { readonly host: string; readonly messageRequest: Question }>(
  questions: AsyncIterable<T>,
): AsyncIterable<T> {
  let count = 0;
  for await (const question of questions) {
    if (++count > QUESTIONS_MAX)
      throw new ConnectError(`A stream takes ${QUESTIONS_MAX} questions.`, Code.ResourceExhausted);
    if (!isWellFormed(question.host, question.messageRequest))
      throw new ConnectError("The question is not valid Unicode.", Code.InvalidArgument);
    yield question;
  }
}

function isWellFormed(host: string, { value }: Question): boolean {
  const text = typeof value === "string" ? value : (value?.containingType ?? "");
  return host.isWellFormed() && text.isWellFormed();
}

function createAnswers(): (question: Question) => Answer {
  const files = new Map<string, DescFile>();
  const collect = (file: DescFile): void => {
    if (files.has(file.proto.name)) return;
    files.set(file.proto.name, file);
    file.dependencies.forEach(collect);
  };
  for (const service of SERVICES) collect(service.file);
  collect(file_google_rpc_error_details);
  const registry = createRegistry(...files.values());

  /** The file and all that it imports, encoded when somebody asks for the first time. */
  const encoded = new Map<DescFile, Answer>();
  const described = (file: DescFile | undefined, what: string): Answer => {
    if (!file) return notFound(what);
    let answer = encoded.get(file);
    if (!answer) encoded.set(file, (answer = describe(file)));
    return answer;
  };
  const protos = new Map<DescFile, Uint8Array>();
  const protoOf = (file: DescFile): Uint8Array => {
    let bytes = protos.get(file);
    if (!bytes) protos.set(file, (bytes = encodeProto(file)));
    return bytes;
  };
  const describe = (file: DescFile): Answer => {
    const seen = new Set<DescFile>();
    const visit = (one: DescFile): void => {
      if (seen.has(one)) return;
      seen.add(one);
      one.dependencies.forEach(visit);
    };
    visit(file);
    return { case: "fileDescriptorResponse", value: { fileDescriptorProto: [...seen].map(protoOf) } };
  };

  /** The file of a service, message, enum or extension, or of a member of one. */
  const fileOf = (symbol: string): DescFile | undefined => {
    const desc = registry.get(symbol);
    if (desc) return desc.file;
    const parent = symbol.slice(0, Math.max(0, symbol.lastIndexOf(".")));
    return parent === "" ? undefined : registry.get(parent)?.file;
  };

  return (question) => {
    switch (question.case) {
      case "listServices":
        return {
          case: "listServicesResponse",
          value: { service: SERVICES.map(({ typeName }) => ({ name: typeName })) },
        };
      case "fileByFilename":
        return described(files.get(question.value), question.value);
      case "fileContainingSymbol":
        return described(fileOf(question.value.replace(/^\./, "")), question.value);
      case "fileContainingExtension": {
        const { containingType, extensionNumber } = question.value;
        const message = registry.getMessage(containingType);
        return described(
          message && registry.getExtensionFor(message, extensionNumber)?.file,
          `extension ${extensionNumber} of ${containingType}`,
        );
      }
      case "allExtensionNumbersOfType": {
        const message = registry.getMessage(question.value);
        if (!message) return notFound(question.value);
        const numbers = [...registry].flatMap((desc) =>
          desc.kind === "extension" && desc.extendee === message ? [desc.number] : [],
        );
        return {
          case: "allExtensionNumbersResponse",
          value: { baseTypeName: question.value, extensionNumber: numbers },
        };
      }
      case undefined:
        return {
          case: "errorResponse",
          value: { errorCode: Code.InvalidArgument, errorMessage: "the request asks for nothing" },
        };
    }
  };
}

/** With the comments of the `.proto`, which generated code does not have. Those of `buf.validate` are left out: they would be most of every answer. */
function encodeProto({ proto }: DescFile): Uint8Array {
  const encoded = comments[proto.name];
  if (encoded === undefined) return toBinary(FileDescriptorProtoSchema, proto);
  const described = clone(FileDescriptorProtoSchema, proto);
  described.sourceCodeInfo = fromBinary(SourceCodeInfoSchema, Buffer.from(encoded, "base64"));
  return toBinary(FileDescriptorProtoSchema, described);
}

function notFound(what: string): Answer {
  return { case: "errorResponse", value: { errorCode: Code.NotFound, errorMessage: `there is no ${what} here` } };
}
