import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { options } from "./options.ts";
import { makePlan } from "./plan.ts";
import { runCompare } from "./test-app.ts";

const parent = mkdtempSync(join(tmpdir(), "accord-compare-line-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  const path = join(parent, name);
  writeFileSync(path, text);
  return path;
};

const planOf = async (...flags: string[]) =>
  makePlan((await options.parse([...flags, "--out", join(parent, "run")]))!);
const named = ({ runs }: Awaited<ReturnType<typeof planOf>>) =>
  runs.map(({ algorithm, seed }) => `${algorithm}/${seed}`);

test("--help names the tasks and what each option does", async () => {
  const { code, output } = await runCompare(["--help"]);
  expect(code).toBe(0);
  for (const text of [
    "--task <exact|cartpole|acrobot|sentiment>",
    "--algorithms",
    "--seeds",
    "--jobs",
    "--steps",
  ])
    expect(output).toContain(text);
  expect(Math.max(...output.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
});

test("npm run compare starts it as the tests do", () => {
  const read = (path: string) =>
    JSON.parse(readFileSync(join(import.meta.dirname, path), "utf8")) as { scripts: Record<string, string> };
  expect(read("../package.json").scripts.start).toBe(
    "node --import tsx --conditions=@accord-rl/source src/main.ts",
  );
  expect(read("../../../package.json").scripts.compare).toContain("start --workspace @accord-rl/app-compare");
});

test("seeds are a count, a list, or one with a comma; runs come seed by seed", async () => {
  expect(named(await planOf("--algorithms", "ppo,a2c", "--seeds", "2"))).toEqual([
    "ppo/1",
    "a2c/1",
    "ppo/2",
    "a2c/2",
  ]);
  expect(named(await planOf("--algorithms", "ppo", "--seeds", "4,7,4"))).toEqual(["ppo/4", "ppo/7"]);
  expect(named(await planOf("--algorithms", "ppo", "--seeds", "7,"))).toEqual(["ppo/7"]);
});

test("all algorithms of the task are the default, and sentiment prepares each seed once", async () => {
  const control = await planOf("--task", "cartpole", "--seeds", "1");
  expect(control.algorithms).toEqual(["ppo", "a2c", "dqn"]);
  expect(control.preparations).toEqual([]);
  const text = await planOf("--task", "sentiment", "--seeds", "2");
  expect(text.algorithms).toEqual(
    expect.arrayContaining([
      "ppo",
      "a2c",
      "reinforce",
      "rloo",
      "grpo",
      "q-learning",
      "dpo",
      "ilql",
      "best-of-16",
    ]),
  );
  expect(text.preparations).toHaveLength(2);
  const prepared = new Set(text.runs.map((job) => job.prepared));
  expect([...prepared]).toEqual(text.preparations.map(({ folder }) => folder));
});

test("an algorithm of one's own is named after its file", async () => {
  const module = file("mine.ts", "export default () => {};");
  const { runs } = await planOf("--task", "cartpole", "--algorithms", `ppo,${module}`, "--seeds", "1");
  expect(runs.map(({ algorithm, module }) => [algorithm, module])).toEqual([
    ["ppo", undefined],
    ["mine", module],
  ]);
});

test.each([
  ["one of another task", ["--algorithms", "dqn"], "dqn is none of exact's"],
  ["a file that is not there", ["--algorithms", "./nowhere.ts"], "there is no file"],
  ["one name twice", ["--algorithms", "ppo,ppo"], "ppo is there twice"],
  ["seeds that are none", ["--seeds", "few"], '--seeds is ["few"]'],
  ["no steps", ["--steps", "0"], "--steps is 0"],
])("%s is refused", async (_, flags, message) => {
  await expect(planOf(...flags)).rejects.toThrow(message);
});

test.each([
  ["an unknown algorithm", ["--algorithms", "pqo"], "--algorithms: pqo is none of exact's: ppo, a2c,"],
  ["an unknown task", ["--task", "pong"], '--task is "pong"'],
])("%s: one clear line, and no folder", async (name, flags, message) => {
  const out = join(parent, name);
  const { code, errors } = await runCompare([...flags, "--out", out]);
  expect(errors).toMatch(/^error: [^\n]+\n$/);
  expect(errors).toContain(message);
  expect(code).toBe(2);
  expect(readdirSync(parent)).not.toContain(name);
});
