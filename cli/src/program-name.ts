const OWN_NAME = /(^|[\s"(:])chat (?=[a-zA-Z@'-])/gmu;

/**
 * Our own advice ("Sign in with: chat login") in the words that start the program here. For sentences of this program only:
 * in those of others "chat" is a word like any other.
 */
export function asStarted(text: string, programName: string): string {
  return programName === "chat" ? text : text.replace(OWN_NAME, (_all, before: string) => `${before}${programName} `);
}
