import { type PromptSet, promptSetSchema } from "../prompt-set.ts";
import { askForNumber, askForScore } from "./shared.ts";

const preamble =
  "A good summary is shorter than its text and holds what matters in it: who did what, why, and how it ended. It says " +
  "only what the text says, adds nothing, distorts nothing, and can be understood without the text.";

/** Which of two summaries of a text is better. */
export const summarizationPrompts: PromptSet = promptSetSchema.parse({
  name: "summarization",
  preamble: `${preamble} You are given a text and two summaries of it. Say which summary is better.`,
  sample: "Text:\n{prompt}\n\nSummary 1:\n{first}\n\nSummary 2:\n{second}",
  ...askForNumber("summary is better", "Summary"),
  thinking:
    "Think first: for each summary say in a sentence what it leaves out, and whether all that it says is in the text. Don't choose yet.",
  exemplars: [
    {
      prompt:
        "The town's only bridge will close on Monday for repairs that are meant to take six weeks. Buses will go round by the mill, which adds twenty minutes. Shopkeepers on the east bank asked for a temporary footbridge, but the council said there was no money for one.",
      first:
        "The town's bridge closes on Monday for about six weeks of repairs; buses take a detour of twenty minutes, and the council refused a footbridge for lack of money.",
      second:
        "The council will build a footbridge next Monday, because shopkeepers complained about the buses.",
      preferred: "first",
      rationale:
        "Summary 1 gives the closure, its length, the detour and the refusal, all as the text has them. Summary 2 says that a footbridge will be built, which the text denies.",
    },
    {
      prompt:
        "I moved in with two friends in March. Since then one of them has never bought groceries but eats what we buy. Yesterday I found that he had also finished the cake I had baked for my mother's birthday. I like him, and I don't know how to bring it up without a fight.",
      first: "Somebody baked a cake for a birthday and lives with friends since March.",
      second:
        "A flatmate eats the others' food without ever buying any, now even a birthday cake; I want to raise it without a fight.",
      preferred: "second",
      rationale:
        "Summary 1 leaves out the conflict and the question. Summary 2 holds both, and the cake as the last straw, in a sentence.",
    },
  ],
  scoring: {
    preamble: `${preamble} You are given a text and a summary of it. Rate the summary.`,
    sample: "Text:\n{prompt}\n\nSummary:\n{response}",
    ending: askForScore,
  },
});
