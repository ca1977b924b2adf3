/** How the sets ask for the choice; what is judged, and what stands before its number, differ. */
export const askForNumber = (what: string, noun: string) => ({
  ending: `Which ${what}, 1 or 2? Answer with the number alone: 1 or 2.`,
  labels: ["1", "2"],
  begun: { ending: `Which ${what}, ${noun} 1 or ${noun} 2?`, answer: `${noun} ` },
});

/** How the sets ask for a score. */
export const askForScore =
  "Give a whole number from 1 (as bad as can be) to {highest} (as good as can be). Answer with the number alone.";
