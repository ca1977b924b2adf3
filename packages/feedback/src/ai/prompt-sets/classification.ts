import { type PromptSet, promptSetSchema } from "../prompt-set.ts";
import { askForNumber, askForScore } from "./shared.ts";

const preamble =
  "A good classification names the category that fits the text as a whole, among those that the task allows, and no other.";

/** Which of two answers to a classification task is right. */
export const classificationPrompts: PromptSet = promptSetSchema.parse({
  name: "classification",
  preamble: `${preamble} You are given a task with its text, and two answers. Say which answer is more correct.`,
  sample: "Task:\n{prompt}\n\nAnswer 1:\n{first}\n\nAnswer 2:\n{second}",
  ...askForNumber("answer is more correct", "Answer"),
  thinking:
    "Think first: say in a sentence what in the text speaks for each of the two answers. Don't choose yet.",
  exemplars: [
    {
      prompt: 'Sort the message into billing, delivery or other: "You took the money twice this month."',
      first: "billing",
      second: "delivery",
      preferred: "first",
      rationale: "The message complains about money that was taken twice. Nothing in it is about a delivery.",
    },
    {
      prompt: 'Is the sentence a question or a statement: "I wonder whether the shop is open."',
      first: "question",
      second: "statement",
      preferred: "second",
      rationale:
        "It is about a doubt, but its form is that of a statement: it ends with a full stop and asks nobody.",
    },
  ],
  scoring: {
    preamble: `${preamble} You are given a task with its text, and an answer. Rate how correct the answer is.`,
    sample: "Task:\n{prompt}\n\nAnswer:\n{response}",
    ending: askForScore,
  },
});
