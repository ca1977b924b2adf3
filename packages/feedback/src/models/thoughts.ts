import type { Completion } from "@accord-rl/core";

const words = "think|thinking|thought|thoughts|reason|reasoning|reflection|scratchpad|seed:think";

/**
 * Signs around a thought: XML-like tags, Magistral's and Kimi's brackets, OpenThinker's, Command A's and Gemma's tokens,
 * and the channels of gpt-oss, whose final one ends the thought.
 */
const openings = [
  `<(?:${words})>`,
  "\\[think\\]",
  "◁think▷",
  "<\\|begin_of_thought\\|>",
  "<\\|start_thinking\\|>",
  "<\\|channel\\|>(?:analysis|commentary)<\\|message\\|>",
  "<unused94>thought",
];
const closings = [
  `</(?:${words})>`,
  "\\[/think\\]",
  "◁/think▷",
  "<\\|end_of_thought\\|>",
  "<\\|end_thinking\\|>",
  "<\\|channel\\|>final<\\|message\\|>",
  "<unused95>",
];
/** No quantifier: one pass over the text, whatever it holds. */
const signs = new RegExp(`(${openings.join("|")})|${closings.join("|")}`, "giu");

/** A thought begins a line. A tag inside a sentence is what the sentence is about. */
const beginsLine = (text: string, at: number, from: number): boolean => {
  const start = Math.max(from, at - 20);
  const before = text.slice(start, at);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return line.trim() === "" && (start === from || line.length < before.length);
};

/** A text without the thoughts of a reasoning model. */
export interface Thoughtless {
  readonly answer: string;
  /** The text ends inside a thought. */
  readonly isThinking: boolean;
}

/**
 * Takes thoughts out of a model's answer. A closing sign without an opening one ends a thought, too: some chat templates
 * open it for the model.
 */
export const withoutThoughts = (text: string): Thoughtless => {
  let answer = "";
  let from = 0;
  let isThinking = false;
  let hasThought = false;
  for (const { 0: sign, 1: opening, index } of text.matchAll(signs)) {
    if (opening !== undefined) {
      if (isThinking || !beginsLine(text, index, from)) continue;
      answer += text.slice(from, index);
      isThinking = true;
    } else {
      if (!isThinking && hasThought) continue;
      if (!isThinking) answer = "";
      isThinking = false;
      from = index + sign.length;
    }
    hasThought = true;
  }
  return { answer: isThinking ? answer : answer + text.slice(from), isThinking };
};

/** A model's answer after its thoughts; null where it was cut off: half an answer is no verdict. */
export const finalAnswer = ({ text, finished }: Pick<Completion, "text" | "finished">): string | null => {
  const { answer, isThinking } = withoutThoughts(text);
  return finished && !isThinking ? answer : null;
};

/** The answer ended while the model still thought, in its text or in a field of its own. */
export const wasThinking = ({ text, finished }: Pick<Completion, "text" | "finished">): boolean => {
  const { answer, isThinking } = withoutThoughts(text);
  return !finished && (isThinking || answer.trim() === "");
};
