import { describe, expect, it } from "vitest";
import { finalAnswer, wasThinking, withoutThoughts } from "./thoughts.ts";

describe("withoutThoughts", () => {
  it.each([
    ["<think>\nIs it 1?\n</think>\n\n2", "2"],
    ["<thinking>1</thinking>2", "2"],
    ["  <Thought>1</Thought> 2", "2"],
    ["<reasoning>1</reasoning>\n2", "2"],
    ["<seed:think>1</seed:think>2", "2"],
    ["[THINK]1[/THINK]2", "2"],
    ["◁think▷1◁/think▷2", "2"],
    ["<|begin_of_thought|>1<|end_of_thought|>2", "2"],
    ["<|START_THINKING|>1<|END_THINKING|>2", "2"],
    ["<|channel|>analysis<|message|>1<|end|><|start|>assistant<|channel|>final<|message|>2", "2"],
    ["<unused94>thought\n1<unused95>2", "2"],
    ["<think></think>2", "2"],
    ["<think>a</think>\n<think>b</think> 2", "2"],
    // Templates of reasoning models open the thought in the prompt.
    ["It may be 1.\n</think>\n\n2", "2"],
    ["2", "2"],
    // A tag inside a sentence is what the sentence is about.
    ["Write <think> before it.", "Write <think> before it."],
  ])("of %j leaves %j", (text, answer) => {
    const { isThinking, ...rest } = withoutThoughts(text);
    expect([rest.answer.trim(), isThinking]).toEqual([answer, false]);
    expect(finalAnswer({ text, finished: true })?.trim()).toBe(answer);
  });

  it.each(["<think>It is 1", "<think>a</think><think>1", "[THINK] 1 or 2", "1\n<think>or 2"])(
    "knows that %j ends inside a thought",
    (text) => {
      expect(withoutThoughts(text).isThinking).toBe(true);
      expect(finalAnswer({ text, finished: true })).toBeNull();
      expect(wasThinking({ text, finished: false })).toBe(true);
    },
  );

  it("takes nothing for an answer that was cut off", () => {
    expect(finalAnswer({ text: "1", finished: false })).toBeNull();
    expect(wasThinking({ text: "1 is bet", finished: false })).toBe(false);
    expect(wasThinking({ text: "", finished: false })).toBe(true); // its thought is in a field of its own
    expect(wasThinking({ text: "", finished: true })).toBe(false);
  });
});
