/** The programs in examples/ do what they say, with what the packages export, and stay short. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./monorepo.ts";
import { run } from "./processes.ts";

const folder = join(root, "examples");
const examples = readdirSync(folder).filter((file) => file.endsWith(".ts"));
/** The last number after "reward" that a program prints must be at least this, of 5; a random policy has 1.25. */
const learned = 4;

it.concurrent.each(examples)("%s", { timeout: 120_000 }, async (file) => {
  const lines = readFileSync(join(folder, file), "utf8").trim().split("\n");
  expect(lines.length).toBeLessThanOrEqual(40);
  const args = ["--import", "tsx", "--conditions=@accord-rl/source", join(folder, file)];
  const { code, output } = await run(process.execPath, args, { cwd: root, env: { ACCORD_BACKEND: "wasm" } });
  expect(code, output).toBe(0);
  const rewards = [...output.matchAll(/reward ([\d.]+)/g)].map(([, reward]) => Number(reward));
  expect(rewards.at(-1), output).toBeGreaterThan(learned);
});
