import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TlsConfig } from "../config.ts";
import { ChatError } from "../errors.ts";

/** Certificate chain and private key, PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const VALID_DAYS = 365;
const DAY_MS = 24 * 60 * 60 * 1000;
/** A kept certificate is made anew when less than this is left of it. */
const RENEW_BEFORE_MS = 30 * DAY_MS;

/**
 * The certificate for the TLS port: from the files named, or one for development that is made once and kept under the data directory.
 * @throws ChatError `failed_precondition` when the files can't be read.
 */
export async function loadCertificate(
  tls: TlsConfig,
  options: { dataDir: string; now: () => number },
): Promise<Certificate> {
  if (tls.source === "files") {
    try {
      const [cert, key] = await Promise.all([readFile(tls.cert, "utf8"), readFile(tls.key, "utf8")]);
      return { cert, key };
    } catch (cause) {
      throw new ChatError("failed_precondition", `The certificate can't be read: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
  const directory = join(options.dataDir, "tls");
  const files = { cert: join(directory, "development.crt"), key: join(directory, "development.key") };
  const kept = await readKept(files);
  if (kept && kept.validTo - options.now() > RENEW_BEFORE_MS) return kept;
  const made = await selfSigned(options.now());
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(files.key, made.key, { mode: 0o600 });
  await writeFile(files.cert, made.cert, { mode: 0o600 });
  return made;
}

async function readKept(files: Certificate): Promise<(Certificate & { readonly validTo: number }) | undefined> {
  try {
    const [cert, key] = await Promise.all([readFile(files.cert, "utf8"), readFile(files.key, "utf8")]);
    const read = new X509Certificate(cert);
    if (!read.checkPrivateKey(createPrivateKey(key))) return undefined;
    return { cert, key, validTo: Date.parse(read.validTo) };
  } catch {
    return undefined; // not made yet, or damaged: it is made anew
  }
}

async function selfSigned(now: number): Promise<Certificate> {
  const { generate } = await import("selfsigned");
  const names = [
    { type: 2, value: "localhost" },
    { type: 7, ip: "127.0.0.1" },
    { type: 7, ip: "::1" },
  ] as const;
  const made = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    notBeforeDate: new Date(now - DAY_MS),
    notAfterDate: new Date(now + VALID_DAYS * DAY_MS),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", digitalSignature: true, keyCertSign: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: [...names] },
    ],
  });
  return { cert: made.cert, key: made.private };
}
