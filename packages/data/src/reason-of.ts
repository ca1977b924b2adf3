import { shorten } from "@accord-rl/core";

/** What a foreign error says, cut where it quotes much of a file. */
export const reasonOf = (cause: unknown): string =>
  shorten(cause instanceof Error ? cause.message : String(cause), 400);
