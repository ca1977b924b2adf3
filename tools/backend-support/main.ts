/** Writes the table of what each backend supports, by running it: `npm run backend-support`. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { formatMarkdownTable } from "@accord-rl/runs";
import type { Line, Outcome, Row } from "./probe.ts";

const signs: Record<Outcome, string> = {
  right: "yes",
  wrong: "**wrong**",
  none: "no",
  endless: "**endless**",
};

/** Seconds that a row may take: some end only on the software renderer's own terms. */
const patience = 60;

interface Support {
  readonly backend: string;
  readonly description: string;
  readonly rows: ReadonlyMap<string, Row>;
}

/** Rows from `first` on, in a process of its own: a row that does not end, or crashes, ends that, and is the last. */
const probeFrom = async (backend: string, first: number): Promise<{ lines: Line[]; failure?: string }> => {
  const path = join(import.meta.dirname, "probe.ts");
  const child = spawn(process.execPath, [...process.execArgv, path, backend, `${first}`]);
  const lines: Line[] = [];
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  let timer = setTimeout(kill, 1000 * patience);
  createInterface(child.stdout).on("line", (line) => {
    clearTimeout(timer);
    timer = setTimeout(kill, 1000 * patience);
    if (line.startsWith("{")) lines.push(JSON.parse(line) as Line); // Dawn prints its warnings there, too
  });
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  process.off("exit", kill);
  const error = stderr.split("\n").find((line) => line.includes("Error"));
  return status === 0 ? { lines } : { lines, failure: error ?? `no answer in ${patience} s` };
};

const probe = async (backend: string): Promise<Support | undefined> => {
  const rows = new Map<string, Row>();
  for (;;) {
    const { lines, failure } = await probeFrom(backend, rows.size);
    const started = lines.find((line) => "description" in line);
    if (!started) {
      console.log(`${backend} is left out: ${failure}`);
      return undefined;
    }
    let name = "";
    for (const line of lines) {
      if ("begins" in line) name = line.begins;
      else if ("row" in line) rows.set(name, line.row);
    }
    console.log(`${backend}: ${rows.size} rows${failure === undefined ? "" : `, then ${name}: ${failure}`}`);
    if (failure === undefined) return { backend, description: started.description, rows };
    rows.set(name, { value: "endless" });
  }
};

const table = (columns: readonly Support[]): string => {
  const names = [...columns[0]!.rows.keys()];
  const cell = ({ rows }: Support, name: string): string => {
    const { value, gradient } = rows.get(name)!;
    return gradient === undefined ? signs[value] : `${signs[value]}, ${signs[gradient]}`;
  };
  return formatMarkdownTable(
    ["", ...columns.map(({ backend }) => backend)],
    names.map((name) => [name, ...columns.map((column) => cell(column, name))]),
  );
};

const names = ["native", "wasm", "webgpu"];
const columns: Support[] = [];
for (const name of names) {
  const column = await probe(name);
  if (column) columns.push(column);
}
const absent = names.filter((name) => columns.every(({ backend }) => backend !== name));
const text = `# What each backend supports

Written by \`npm run backend-support\`, which runs every line on every backend that can start, and compares with plain
JavaScript. Two words are for the value and for the gradient; a line with one word has no gradient in TensorFlow.js. *no*
means that it throws: the packages go around those (see [the README](README.md) and \`math\`). *endless* means that it
crashed or had not ended after ${patience} seconds.

${[
  ...columns.map(({ backend, description }) => `- ${backend}: ${description}`),
  ...absent.map((name) => `- ${name} could not be started where this was written`),
].join("\n")}

${table(columns)}
`;
const path = join(import.meta.dirname, "../../packages/backend/SUPPORT.md");
writeFileSync(path, text);
console.log(`wrote ${path}`);
