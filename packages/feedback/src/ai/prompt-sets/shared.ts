/** How the sets ask for the choice; what is judged differs. */
export const askForNumber = (what: string): string =>
  `Which ${what}, 1 or 2? Answer with the number alone: 1 or 2.`;

/** How the sets ask for a score. */
export const askForScore =
  "Give a whole number from 1 (as bad as can be) to {highest} (as good as can be). Answer with the number alone.";

export const numbers: [string, string] = ["1", "2"];
