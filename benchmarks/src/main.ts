import { AccordError } from "@accord-rl/core";
import { readOptions } from "./options.ts";
import { preparePeerPython } from "./peer-environment.ts";
import { benchmarks, helpText } from "./registry.ts";
import { runBenchmark } from "./run-benchmark.ts";

const log = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const main = async (): Promise<void> => {
  const options = readOptions(process.argv.slice(2), process.env);
  const unknown = options.names.find((name) => !(name in benchmarks));
  if (options.isHelp || options.names.length === 0 || unknown !== undefined) {
    if (unknown !== undefined) process.stderr.write(`There is no benchmark "${unknown}".\n\n`);
    process.stdout.write(helpText);
    process.exitCode = options.isHelp ? 0 : 2;
    return;
  }
  const python = options.python ?? (await preparePeerPython({ log }));
  for (const name of options.names) await runBenchmark(name, benchmarks[name]!, { ...options, python, log });
};

try {
  await main();
} catch (error) {
  if (!AccordError.isInstance(error) && !(error instanceof TypeError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
