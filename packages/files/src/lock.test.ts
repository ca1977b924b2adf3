import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidArgumentError } from "@accord-rl/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeLock } from "./lock.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "accord-lock-"));
  path = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

const take = () => takeLock(path, (who) => `${who} holds it`);
const ended = () => spawnSync(process.execPath, ["--version"]).pid;

test("one holds it at a time, and nothing is left when it is released", () => {
  const release = take();
  expect(take).toThrow(InvalidArgumentError);
  expect(take).toThrow(`process ${process.pid} on ${JSON.stringify(hostname())} holds it`);
  release();
  take()();
  expect(readdirSync(folder)).toEqual([]);
});

test.each(["", "{", "null", '"text"', '{"pid":"1"}'])(
  "one that holds %j is taken over at once, whatever its time",
  (text) => {
    writeFileSync(path, text);
    const future = new Date(Date.now() + 3_600_000);
    utimesSync(path, future, future);
    const release = take();
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
    expect(readdirSync(folder)).toEqual(["lock"]);
    release();
  },
);

test("a dead process's is taken over, also where a later process has its id", () => {
  for (const owner of [
    { pid: ended(), host: hostname() },
    { pid: process.pid, host: hostname(), began: "before" },
  ]) {
    writeFileSync(path, JSON.stringify(owner));
    take()();
  }
});

test("that of another machine stays", () => {
  writeFileSync(path, JSON.stringify({ pid: 1, host: "elsewhere" }));
  expect(take).toThrow('process 1 on "elsewhere" holds it');
});

test("a claim that a killed process left behind is no obstacle, and goes", () => {
  const dead = JSON.stringify({ pid: ended(), host: hostname() });
  writeFileSync(path, dead);
  const claim = join(folder, `lock.${"0".repeat(12)}.claim`);
  writeFileSync(claim, dead);
  const release = take();
  expect(readdirSync(folder)).toEqual(["lock"]);
  release();
});

test("of four processes that find a dead one's lock, one takes it over", async () => {
  writeFileSync(path, JSON.stringify({ pid: ended(), host: hostname() }));
  const script = `const { takeLock } = await import(${JSON.stringify(join(import.meta.dirname, "lock.ts"))});
    await new Promise((resolve) => process.stdin.once("data", resolve));
    try { takeLock(process.argv[1], () => "held"); console.log("mine"); } catch (error) { console.log(error.message); }
    process.stdin.once("end", () => process.exit());`;
  const args = [
    "--import",
    "tsx",
    "--conditions=@accord-rl/source",
    "--input-type=module",
    "-e",
    script,
    path,
  ];
  const outcome = Array.from({ length: 4 }, () => {
    const child = spawn(process.execPath, args);
    child.stdin.write("go\n");
    return {
      said: new Promise<string>((resolve) =>
        child.stdout.once("data", (text) => resolve(String(text).trim())),
      ),
      end: () => child.stdin.end(),
    };
  });
  const said = await Promise.all(outcome.map((each) => each.said));
  for (const { end } of outcome) end();
  expect(said.sort()).toEqual([...new Array<string>(3).fill("held"), "mine"]);
});
