/** Node's codes for certificates that are not to be trusted, and what to tell people. */
const PROBLEMS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "signed by nobody but itself",
  SELF_SIGNED_CERT_IN_CHAIN: "signed by an authority that is not known here",
  UNABLE_TO_GET_ISSUER_CERT: "signed by an authority that is not known here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "signed by an authority that is not known here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "signed by an authority that is not known here",
  ERR_TLS_CERT_ALTNAME_INVALID: "made out to another name",
  CERT_HAS_EXPIRED: "out of date",
  CERT_NOT_YET_VALID: "not valid yet",
};

/**
 * What is wrong with the server's certificate, where that is why it can't be reached: without it people look for the
 * fault in the network.
 */
export function certificateProblem(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const what = "code" in cause && typeof cause.code === "string" ? PROBLEMS[cause.code] : undefined;
    if (what !== undefined)
      return `Its certificate is ${what}: --ca FILE trusts an authority, --insecure any certificate.`;
  }
  return undefined;
}
