import { type PromptSet, promptSetSchema } from "../prompt-set.ts";
import { askForNumber, askForScore } from "./shared.ts";

const preamble =
  "A helpful response does what was asked, completely and correctly, in words that fit whoever asked. It is honest " +
  "about what it does not know, invents nothing, and is as long as the question needs and no longer.";

/** Which of two responses to a request helps more. */
export const helpfulnessPrompts: PromptSet = promptSetSchema.parse({
  name: "helpfulness",
  preamble: `${preamble} You are given a request and two responses. Say which response is more helpful.`,
  sample: "Request:\n{prompt}\n\nResponse 1:\n{first}\n\nResponse 2:\n{second}",
  ...askForNumber("response is more helpful", "Response"),
  thinking:
    "Think first: for each response say in a sentence whether it is correct, and whether it does what was asked. Don't choose yet.",
  exemplars: [
    {
      prompt: "How do I keep basil from wilting after I buy it?",
      first: "Basil is a herb of the mint family that is used in many kitchens.",
      second:
        "Cut the stems, put them into a glass of water like flowers, and leave it at room temperature out of the sun. Cold makes the leaves black, so keep it out of the fridge.",
      preferred: "second",
      rationale:
        "Response 1 is true and does not answer. Response 2 says what to do, and why the fridge is wrong.",
    },
    {
      prompt: "What is 15% of 240?",
      first: "15% of 240 is 36: 10% is 24, 5% is 12.",
      second: "15% of 240 is 32. Percentages are an important part of mathematics, and practice helps a lot.",
      preferred: "first",
      rationale: "24 + 12 = 36, so Response 1 is right and shows how. Response 2 is wrong, and padded.",
    },
  ],
  scoring: {
    preamble: `${preamble} You are given a request and a response. Rate how helpful the response is.`,
    sample: "Request:\n{prompt}\n\nResponse:\n{response}",
    ending: askForScore,
  },
});
