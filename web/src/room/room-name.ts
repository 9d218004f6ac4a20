/** A room's name as it was typed, without "#", capitals and space around it. */
export function roomName(typed: string): string {
  return typed.trim().replace(/^#/, "").toLowerCase();
}
