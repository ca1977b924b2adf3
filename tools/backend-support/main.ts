/** Writes the table of what each backend supports, by running it: `npm run backend-support`. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatMarkdownTable } from "@accord-rl/runs";
import type { Outcome, Support } from "./probe.ts";

const signs: Record<Outcome, string> = { right: "yes", wrong: "**wrong**", none: "no" };

const probe = (backend: string): Support | undefined => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...process.execArgv, join(import.meta.dirname, "probe.ts"), backend],
    { encoding: "utf8", maxBuffer: 1e8 },
  );
  if (status === 0) return JSON.parse(stdout) as Support;
  console.log(
    `${backend} is left out: ${
      stderr
        .trim()
        .split("\n")
        .find((line) => line.includes("Error")) ?? stderr
    }`,
  );
  return undefined;
};

const table = (columns: readonly Support[]): string => {
  const names = Object.keys(columns[0]!.rows);
  const cell = ({ rows }: Support, name: string): string => {
    const { value, gradient } = rows[name]!;
    return gradient === undefined ? signs[value] : `${signs[value]}, ${signs[gradient]}`;
  };
  return formatMarkdownTable(
    ["", ...columns.map(({ backend }) => backend)],
    names.map((name) => [name, ...columns.map((column) => cell(column, name))]),
  );
};

const names = ["native", "wasm", "webgpu"];
const columns = names.map(probe).filter((column) => column !== undefined);
const absent = names.filter((name) => columns.every(({ backend }) => backend !== name));
const text = `# What each backend supports

Written by \`npm run backend-support\`, which runs every line on every backend that can start, and compares with plain
JavaScript. Two words are for the value and for the gradient; a line with one word has no gradient in TensorFlow.js. *no*
means that it throws: the packages go around those (see [the README](README.md) and \`math\`).

${[
  ...columns.map(({ backend, description }) => `- ${backend}: ${description}`),
  ...absent.map((name) => `- ${name} could not be started where this was written`),
].join("\n")}

${table(columns)}
`;
const path = join(import.meta.dirname, "../../packages/backend/SUPPORT.md");
writeFileSync(path, text);
console.log(`wrote ${path}`);
