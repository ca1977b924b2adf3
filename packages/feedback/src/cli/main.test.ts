import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { readJudgements } from "../human/judgement-files.ts";

const launcher = fileURLToPath(new URL("../../bin/accord-label.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "accord-label-"));
afterAll(() => rmSync(folder, { recursive: true }));
const pairsPath = join(folder, "pairs.jsonl");
const out = join(folder, "labels.jsonl");
writeFileSync(
  pairsPath,
  [0, 1, 2, 3]
    .map((n) =>
      JSON.stringify({ id: `p${n}`, prompt: `Question ${n}`, responses: [`a${n}\u001b[2J`, `b${n}`] }),
    )
    .join("\n"),
);
beforeEach(() => rmSync(out, { force: true }));

interface Result {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

const collect = (child: ChildProcess): Promise<Result> =>
  new Promise((resolve) => {
    let [output, errors] = ["", ""];
    child.stdout?.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      errors += chunk;
    });
    child.on("close", (code) => resolve({ code, output, errors }));
  });

const start = (...args: string[]) => spawn(process.execPath, [launcher, ...args]);
const answer = (lines: string, ...args: string[]): Promise<Result> => {
  const child = start(pairsPath, "--out", out, "--worker", "ann", ...args);
  child.stdin.end(lines);
  return collect(child);
};
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
};
const labels = () => readJudgements(out);

describe.concurrent("accord-label refuses", () => {
  it.each([
    [["--help"], 0, "Usage: accord-label FILE"],
    [[], 1, "expected one FILE of pairs, got 0"],
    [["a", "b"], 1, "expected one FILE of pairs, got 2"],
    [[pairsPath, "--bogus"], 1, "Unknown option '--bogus'"],
    [[pairsPath, "--seed", "x"], 1, "--seed is x, expected an integer"],
    [[pairsPath, "--out", pairsPath], 1, "--out is the file of pairs itself"],
    [[join(folder, "none")], 1, "can't be read"],
    [
      [pairsPath, "--out", join(folder, "empty.jsonl")],
      1,
      "standard input is no terminal and holds no answers",
    ],
  ])("or explains %j", async (args, code, message) => {
    const child = start(...args);
    child.stdin.end();
    const { code: status, output, errors } = await collect(child);
    expect(output + errors).toContain(message);
    expect(status).toBe(code);
    if (code === 1) expect(errors.trim().split("\n")).toHaveLength(1);
  });
});

describe("accord-label", () => {
  it("reads lines from a pipe, writes labels as they come, and goes on", async () => {
    const first = await answer("1\nwhat\nt\nu\n2\n");
    expect(first.code).toBe(0);
    expect(first.output).toContain("2 of 4 pairs labeled by ann (2 now)");
    expect(first.output).toContain('"what" is none of 1, 2, t, s, u, q.');
    const second = await answer("S\nT\nq\n1\n");
    expect(second.output).toContain("3 of 4 pairs labeled by ann (1 now, 1 skipped)");
    expect(labels().map(({ id }) => id)).toEqual(["p0", "p1", "p3"]);
    expect(labels()).toMatchObject([
      { worker: "ann" },
      { responses: ["a1\u001b[2J", "b1"] },
      { choice: "tie" },
    ]);
  });

  it("sends nothing of a response to the terminal as it is", async () => {
    const { output } = await answer("q\n");
    expect(output).toContain("a0␛[2J");
    expect(output).not.toContain("\u001b");
  });

  it("loses nothing that was answered to kill -9, and is free afterwards", async () => {
    const child = start(pairsPath, "--out", out, "--worker", "ann");
    const done = collect(child);
    child.stdin.write("1\n2\n");
    await until(() => existsSync(out) && readFileSync(out, "utf8").split("\n").length === 3);
    const other = await answer("1\n");
    expect(other.errors).toMatch(/^accord-label: process \d+ on .* is writing .*labels\.jsonl/);
    // The launcher's child is what writes.
    process.kill(Number(/"pid":(\d+)/.exec(readFileSync(`${out}.lock`, "utf8"))?.[1]), "SIGKILL");
    await done;
    writeFileSync(out, '{"id":"p2","resp', { flag: "a" });
    const { output, code } = await answer("t\n");
    expect(code).toBe(0);
    expect(output).toContain("An unfinished last line, of a crash, was removed from the labels.");
    expect(labels().map(({ id }) => id)).toEqual(["p0", "p1", "p2"]);
    expect(existsSync(`${out}.lock`)).toBe(false);
  });

  const hasScript = process.platform === "linux" && existsSync("/usr/bin/script");
  it.runIf(hasScript)("takes single keys in a terminal, and leaves it as it was", async () => {
    const command = [process.execPath, launcher, pairsPath, "--out", out, "--worker", "ann"].join(" ");
    const child = spawn("/usr/bin/script", ["-qec", `${command}; stty -a`, "/dev/null"]);
    const done = collect(child);
    let shown = "";
    child.stdout.on("data", (chunk) => {
      shown += chunk;
    });
    for (const [key, next] of [
      ["1", "1 of 4 labeled"],
      ["\u001b[A", ""],
      ["t", "2 of 4 labeled"],
      ["u", "1 of 4 labeled"],
      ["\u0003", "pairs labeled by ann (1 now)"],
    ] as const) {
      await until(() => shown.includes("q quit"));
      shown = "";
      child.stdin.write(key);
      if (next === "") shown = "q quit";
      else await until(() => shown.includes(next));
    }
    const { output } = await done;
    expect(output).toContain("\u001b[2J"); // ours: each question on a clean screen
    expect(output).toContain("␛[2J"); // the response's
    expect(output).toMatch(/[^-]icanon/); // lines are edited again
    expect(output).toMatch(/[^-]echo\b/);
    expect(labels().map(({ id }) => id)).toEqual(["p0"]);
  });
});
