/** Longest e-mail address, in characters (RFC 5321 with its erratum 1690). */
export const EMAIL_MAX_LENGTH = 254;

/** Plainly malformed addresses only; whether an address exists is for a mail to find out. */
const EMAIL_PATTERN = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u;

/** What makes two addresses the same: trimmed, composed (NFC), lower case. */
export function emailKey(email: string): string {
  return email.trim().normalize("NFC").toLowerCase();
}

/** Whether it can be stored as an e-mail address. */
export function isEmail(email: string): boolean {
  const key = emailKey(email);
  return key.length <= EMAIL_MAX_LENGTH && EMAIL_PATTERN.test(key) && Buffer.byteLength(key) <= 512;
}
