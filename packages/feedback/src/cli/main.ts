import { userInfo } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import {
  AccordError,
  brokenPipeExitCode,
  cleanText,
  InvalidArgumentError,
  onBrokenPipe,
} from "@accord-rl/core";
import { labelByHand } from "./label-pairs-by-hand.ts";

const help = `Usage: accord-label FILE [options]

Shows two responses at a time and writes which one you prefer.

FILE is JSON lines: { prompt, responses: [2] }, { prompt, first, second } or { prompt, chosen, rejected },
each with an "id" if you like. Which response stands first is drawn at random; labels name them as in FILE.

Keys:  1 / 2  this one is better     t  tie     s  skip     u  undo     q  quit

  --out PATH      Where labels go, one JSON line each, on the disk as you give them (FILE.labels.jsonl)
  --worker NAME   Who you are (your user name)
  --seed N        Draws the order in which responses are shown (0)
  --plain         Read lines instead of keys; what happens too where answers are piped in
  --help          This text

Start it again to go on where you stopped: what this worker has judged is not asked again.
`;

const options = {
  out: { type: "string" },
  worker: { type: "string" },
  seed: { type: "string", default: "0" },
  plain: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

const refuse = (argument: string, value: unknown, message: string): never => {
  throw new InvalidArgumentError({ argument, value, message });
};

/** The parser's own complaints are about what the user typed. */
const parse = (argv: string[]) => {
  try {
    return parseArgs({ args: argv, options, allowPositionals: true });
  } catch (error) {
    return refuse("options", argv, `${(error as Error).message.split(". ")[0]}; see accord-label --help`);
  }
};

const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return refuse("worker", undefined, "this system has no user name; give --worker NAME");
  }
};

const readSeed = (text: string): number =>
  /^\d{1,15}$/.test(text)
    ? Number(text)
    : refuse("seed", text, `--seed is ${text}, expected an integer of 0 or more`);

const run = async (argv: string[]): Promise<string> => {
  const { values, positionals } = parse(argv);
  if (values.help) return help.trimEnd();
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) {
    return refuse(
      "FILE",
      positionals,
      `expected one FILE of pairs, got ${positionals.length}; see accord-label --help`,
    );
  }
  const outPath = resolve(values.out ?? `${file.replace(/\.(jsonl|ndjson)$/, "")}.labels.jsonl`);
  const pairsPath = resolve(file);
  if (outPath === pairsPath) refuse("out", outPath, "--out is the file of pairs itself; choose another");
  const worker = values.worker ?? userName();
  if (worker.trim() === "") refuse("worker", worker, "--worker is empty, expected a name");
  const seed = readSeed(values.seed);
  return labelByHand(
    { pairsPath, outPath, worker, seed, isPlain: values.plain },
    { input: process.stdin, output: process.stdout },
  );
};

// The labels given so far are on the disk.
onBrokenPipe([process.stdout, process.stderr], () => process.exit(brokenPipeExitCode));
try {
  process.stdout.write(`${cleanText(await run(process.argv.slice(2)))}\n`);
} catch (error) {
  const { code } = error as NodeJS.ErrnoException;
  const isExpected = AccordError.isInstance(error) || code !== undefined;
  const { message, stack } = error as Error;
  process.stderr.write(`accord-label: ${cleanText(isExpected ? message : (stack ?? message))}\n`);
  process.exitCode = 1;
}
