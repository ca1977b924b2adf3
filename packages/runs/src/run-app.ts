import {
  AccordError,
  brokenPipeExitCode,
  cleanText,
  InvalidArgumentError,
  NonFiniteError,
  onBrokenPipe,
} from "@accord-rl/core";
import type { z } from "zod";
import { displayPath } from "./folders.ts";
import { RunInterruptedError } from "./interrupt.ts";
import { openRun } from "./open-run.ts";
import { kebabCase } from "./option-fields.ts";
import type { AppOptions, OptionValues } from "./options-types.ts";
import type { Output, Run } from "./run-types.ts";

export interface RunAppSettings {
  /** Default: the process's own. */
  readonly argv?: readonly string[];
  /** Default: standard output. */
  readonly output?: Output;
  /** Default: standard error. */
  readonly errorOutput?: Output;
}

/** Exit codes: 0 done, 1 failed, 2 an option that can't be used, 130 interrupted, 141 by a broken pipe. */
const describeFailure = (
  error: unknown,
  isBroken: boolean,
): { readonly text: string; readonly code: number } => {
  if (RunInterruptedError.isInstance(error))
    return { text: error.message, code: isBroken ? brokenPipeExitCode : 130 };
  if (InvalidArgumentError.isInstance(error)) return { text: `error: ${error.message}`, code: 2 };
  if (AccordError.isInstance(error)) return { text: `error: ${error.message}`, code: 1 };
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), code: 1 };
};

/** How to go on. The same options would lead to the same number that is not finite, so that a rate must change. */
const goOn = (error: unknown, resumeCommand: string, rates: readonly string[]): string => {
  if (!NonFiniteError.isInstance(error)) return `To go on: ${resumeCommand}`;
  const flags = rates.map((name) => `--${kebabCase(name)}`).join(" or ");
  if (flags !== "") return `To go on from the last checkpoint, give a lower ${flags}: ${resumeCommand}`;
  return "The same options lead to the same number again: start a new run with others, in another --out";
};

/**
 * When the reader of the output is gone, as after `| head`: a run that is open ends as by Ctrl-C, so that it is saved.
 * Anything else ends at once.
 */
const watchOutput = (isRunning: () => boolean): (() => boolean) => {
  let isBroken = false;
  onBrokenPipe([process.stdout, process.stderr], () => {
    if (isBroken) return;
    isBroken = true;
    if (!isRunning()) process.exit(brokenPipeExitCode);
    process.emit("SIGTERM", "SIGTERM");
  });
  return () => isBroken;
};

/**
 * The edge of an app: parses options, opens the run folder, runs the body, and ends with one clear line and an exit
 * code where something fails. Errors that are no AccordError are bugs and show their stack.
 *
 * @returns the exit code, which is also set on the process.
 */
export const runApp = async <Schema extends z.ZodObject, Name extends string>(
  options: AppOptions<Schema, Name>,
  body: (values: OptionValues<Schema, Name>, run: Run) => Promise<void>,
  settings: RunAppSettings = {},
): Promise<number> => {
  const { argv = process.argv.slice(2), output = process.stdout, errorOutput = process.stderr } = settings;
  const { name, command = `npm run ${name} --`, mayDiffer, mayChange, inputs = [] } = options.definition;
  let run: Run | undefined;
  const isBroken = settings.output === undefined ? watchOutput(() => run !== undefined) : () => false;
  let resumeCommand = "";
  const end = (code: number): number => {
    process.exitCode = code;
    return code;
  };
  try {
    const values = await options.parse(argv);
    if (values === null) {
      output.write(options.help());
      return end(0);
    }
    const { out, resume, ...asked } = values;
    const { seed, profile } = values as Readonly<Record<string, unknown>>;
    resumeCommand = `${command} --resume --out ${displayPath(out)}`;
    run = await openRun({
      folder: out,
      options: asked,
      app: name,
      resume,
      output,
      ...(typeof seed === "number" ? { seed } : {}),
      ...(profile === true ? { profile } : {}),
      inputs: Object.fromEntries(
        inputs.flatMap((key) => (typeof values[key] === "string" ? [[key, values[key]]] : [])),
      ),
      ...(mayDiffer ? { mayDiffer } : {}),
      ...(mayChange ? { mayChange } : {}),
    });
    run.note(
      `${name}: preset ${values.preset}, ${run.isResumed ? "going on in" : "writing to"} ${displayPath(out)}`,
    );
    await body(values, run);
    run.close();
    return end(0);
  } catch (error) {
    const { text, code } = describeFailure(error, isBroken());
    const isResumable = run?.abandon() ?? false;
    errorOutput.write(`${cleanText(text)}\n`);
    if (isResumable && code !== 2) errorOutput.write(`${goOn(error, resumeCommand, mayChange ?? [])}\n`);
    return end(code);
  }
};
