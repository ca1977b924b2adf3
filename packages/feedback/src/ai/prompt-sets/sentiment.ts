import { type PromptSet, promptSetSchema } from "../prompt-set.ts";
import { askForNumber, askForScore } from "./shared.ts";

const preamble =
  "A text is positive when whoever wrote it likes what it is about: praise, joy, recommendation. It is negative when " +
  "they don't: blame, boredom, disappointment. What counts is the writer's opinion, not whether sad or happy things happen.";

/** Which of two continuations of a text is more positive. */
export const sentimentPrompts: PromptSet = promptSetSchema.parse({
  name: "sentiment",
  preamble: `${preamble} You are given the beginning of a text and two ways in which it goes on. Say which way makes the text more positive.`,
  sample: "Beginning:\n{prompt}\n\nText 1:\n{prompt}{first}\n\nText 2:\n{prompt}{second}",
  ...askForNumber("text is more positive", "Text"),
  thinking:
    "Think first: for each text say in a sentence what its writer likes, and what not. Don't choose yet.",
  exemplars: [
    {
      prompt: "I watched this film",
      first: " with my brother, and we both wanted to see it again at once.",
      second: " to the end, but only because I had paid for it.",
      preferred: "first",
      rationale: "Text 1 wants to see the film again, which is praise. Text 2 regrets the money.",
    },
    {
      prompt: "The story",
      first: " drags on, the jokes are old, and nobody seems to care.",
      second: " is sad, and told so well that I cried and was grateful for it.",
      preferred: "second",
      rationale: "Text 1 is bored. Text 2 is about sad things, but its writer admires how they are told.",
    },
  ],
  scoring: {
    preamble: `${preamble} You are given a text. Rate how positive it is.`,
    sample: "Text:\n{prompt}{response}",
    ending: askForScore,
  },
});
