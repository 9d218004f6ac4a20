import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import { createNodeChatClient } from "@chat/client/node";
import type { OpenClient } from "./command.ts";
import { CommandError, EXIT } from "./exit-code.ts";

/** Opens the SDK for one server. @throws CommandError where the certificate file cannot be read. */
export const openClient: OpenClient = async ({ target, stateFile, resume, autoStart }) => {
  const ca = target.caFile === undefined ? undefined : await readCertificate(target.caFile);
  const tls = { ...(ca === undefined ? {} : { ca }), ...(target.insecure ? { rejectUnauthorized: false } : {}) };
  return createNodeChatClient({
    baseUrl: target.url,
    storage: { path: stateFile },
    cursor: resume === "stored" ? "stored" : "memory",
    autoStart,
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  });
};

/** Given authorities replace the system's, so the system's go along: one profile may reach servers of both kinds. */
async function readCertificate(file: string): Promise<string> {
  let own: string;
  try {
    own = await readFile(file, "utf8");
  } catch (error) {
    throw new CommandError(EXIT.error, `The certificate file ${file} cannot be read.`, { cause: error });
  }
  if (!own.includes("-----BEGIN CERTIFICATE-----")) {
    throw new CommandError(EXIT.error, `${file} holds no certificate in PEM form.`);
  }
  return [own, ...rootCertificates].join("\n");
}
