import { type PromptSet, promptSetSchema } from "../prompt-set.ts";
import { askForNumber, askForScore } from "./shared.ts";

const preamble =
  "A good next turn of a conversation follows from what was said, answers what was asked, agrees with the facts that " +
  "are known, is interesting to go on from, and sounds like the person who speaks.";

/** Which of two next turns of a conversation is better. */
export const dialoguePrompts: PromptSet = promptSetSchema.parse({
  name: "dialogue",
  preamble: `${preamble} You are given a conversation and two next turns. Say which turn is better.`,
  sample: "Conversation:\n{prompt}\n\nNext turn 1:\n{first}\n\nNext turn 2:\n{second}",
  ...askForNumber("next turn is better", "Next turn"),
  thinking:
    "Think first: for each turn say in a sentence whether it follows from the conversation, and whether it is true. Don't choose yet.",
  exemplars: [
    {
      prompt:
        "A: I finally saw the sea last weekend.\nB: Oh nice! Your first time?\nA: Yes. I stood there like a child.",
      first: "B: The weekend has two days.",
      second: "B: I can picture that! Did you go in, or was it too cold?",
      preferred: "second",
      rationale: "Turn 1 ignores the story. Turn 2 takes it up, warmly, and asks on.",
    },
    {
      prompt: "A: Who wrote Frankenstein? I always mix it up with Dracula.\nB:",
      first: "Mary Shelley wrote Frankenstein; Dracula is by Bram Stoker, some eighty years later.",
      second: "Bram Stoker wrote both of them, so there is nothing to mix up.",
      preferred: "first",
      rationale: "Turn 1 is correct and clears up what A mixes up. Turn 2 is wrong.",
    },
  ],
  scoring: {
    preamble: `${preamble} You are given a conversation and a next turn. Rate the turn.`,
    sample: "Conversation:\n{prompt}\n\nNext turn:\n{response}",
    ending: askForScore,
  },
});
