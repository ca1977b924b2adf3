import { stopBackend } from "@accord-rl/backend";
import { cleanText } from "@accord-rl/core";
import { readOptions } from "./options.ts";
import { preparePeerPython } from "./peer-environment.ts";
import { benchmarks, helpText, ownBenchmarks } from "./registry.ts";
import { outFolder } from "./report.ts";
import { markdownTables, readResults } from "./results-table.ts";
import { runBenchmark } from "./run-benchmark.ts";
import { runMain } from "./run-main.ts";

const commands = { ...benchmarks, ...ownBenchmarks, table: null };

const log = (line: string): void => {
  process.stdout.write(`${cleanText(line)}\n`);
};

const main = async (): Promise<void> => {
  const options = readOptions(process.argv.slice(2), process.env);
  const unknown = options.names.find((name) => !(name in commands));
  if (options.isHelp || options.names.length === 0 || unknown !== undefined) {
    if (unknown !== undefined) process.stderr.write(`There is no benchmark "${cleanText(unknown)}".\n\n`);
    process.stdout.write(helpText);
    process.exitCode = options.isHelp ? 0 : 2;
    return;
  }
  const needsPeer = options.names.some((name) => name in benchmarks);
  const python = needsPeer ? (options.python ?? (await preparePeerPython({ log }))) : "";
  for (const name of options.names) {
    if (name === "table") log(markdownTables(readResults(outFolder(options.out))));
    else if (name in ownBenchmarks) await ownBenchmarks[name]!.run({ ...options, log });
    else await runBenchmark(name, benchmarks[name]!, { ...options, python, log });
  }
};

await runMain(main);
stopBackend();
