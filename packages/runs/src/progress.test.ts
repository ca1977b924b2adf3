import { expect, test } from "vitest";
import { createProgress } from "./progress.ts";

/** An output that remembers, and a clock that the test moves. */
const setup = (terminal: { isTTY?: boolean; columns?: number } = {}) => {
  let text = "";
  let seconds = 0;
  const output = { ...terminal, write: (more: string) => (text += more) };
  return {
    progress: createProgress(output, () => seconds),
    wait: (more: number) => (seconds += more),
    take: () => {
      const taken = text;
      text = "";
      return taken;
    },
  };
};

const state = (done: number, total = 100, metrics = {}) => ({ label: "sft", done, total, from: 0, metrics });

test("piped: the first step, then a tenth of the way each, with the time left", () => {
  const { progress, wait, take } = setup();
  progress.begin("sft");
  for (let step = 1; step <= 100; step++) {
    wait(1);
    progress.update(state(step, 100, { loss: 1 / step }));
  }
  const lines = take().split("\n");
  expect(lines[0]).toBe("sft 1/100  loss 1  1 min 39 s left");
  expect(lines[1]).toBe("sft 10/100  loss 0.1  1 min 30 s left");
  expect(lines[10]).toBe("sft 100/100  loss 0.01  took 1 min 40 s");
  expect(lines).toHaveLength(12);
  expect(lines.join()).not.toContain("\u001b");
});

test("piped: slow steps are reported every half a minute", () => {
  const { progress, wait, take } = setup();
  progress.begin("sft");
  for (let step = 1; step <= 8; step++) {
    wait(10);
    progress.update(state(step, 1000));
  }
  expect(
    take()
      .split("\n")
      .map((line) => line.split("  ")[0]),
  ).toEqual(["sft 1/1000", "sft 4/1000", "sft 7/1000", ""]);
});

test("the time left counts only what this process did", () => {
  const { progress, wait, take } = setup();
  progress.begin("sft");
  wait(2);
  progress.update({ ...state(52), from: 50 });
  expect(take()).toBe("sft 52/100  48 s left\n");
});

test("on a terminal: one line that is redrawn, never wider than the window; notes stand above it", () => {
  const { progress, wait, take } = setup({ isTTY: true, columns: 60 });
  const clear = "\r\u001b[2K";
  progress.begin("sft");
  wait(1);
  progress.update(state(25, 100, { loss: 0.5, accuracy: 0.75, another: 123456 }));
  const line = take();
  expect(line).toBe(`${clear}sft ██████░░░░░░░░░░░░░░░░░░ 25/100  3 s left  loss 0.5  ac`);
  expect(line.length - clear.length).toBe(59);
  progress.note("a sample");
  expect(take()).toBe(`${clear}a sample\n${line.slice(clear.length)}`);
  progress.update(state(26));
  expect(take()).toBe(""); // too soon to draw again
  wait(1);
  progress.update(state(100));
  expect(take()).toContain("████████████████████████ 100/100  took 2 s");
  progress.stop();
  expect(take()).toMatch(/took 2 s\n$/);
  progress.note("after");
  expect(take()).toBe(`${clear}after\n`);
});

test("sampled text can't steer the terminal", () => {
  const { progress, take } = setup();
  progress.note("a\u001b[31mb\u0007\r\nc\td\u009b2J");
  expect(take()).toBe("a␛[31mb␇\nc\td⟨U+009B⟩2J\n");
});
