import {
  AccordError,
  brokenPipeExitCode,
  cleanText,
  InvalidArgumentError,
  onBrokenPipe,
} from "@accord-rl/core";
import { defineCommand, runMain } from "citty";
import { type BackendName, backendNames } from "./backend-name.ts";
import { diagnose, diagnosisLines } from "./doctor.ts";
import { installNative } from "./native/install.ts";
import { interrupted, machine, type System } from "./native/system.ts";
import { uninstallNative } from "./native/uninstall.ts";
import { probeFolderHere, probeHere } from "./probe.ts";
import { reasonOf } from "./resolve-backend.ts";

/** An installation that is under way cleans up behind itself first. */
let endQuietly = (): void => process.exit(brokenPipeExitCode);
onBrokenPipe([process.stdout, process.stderr], () => endQuietly());

const print = (line: string): void => void process.stdout.write(`${cleanText(line)}\n`);

/** Runs a command with the machine as it is; what goes wrong becomes one line, Ctrl-C included. */
const withMachine = async (command: (system: System) => Promise<void>): Promise<void> => {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => controller.abort());
  let isBroken = false;
  endQuietly = () => {
    isBroken = true;
    process.exitCode = brokenPipeExitCode;
    controller.abort();
  };
  const system = machine({
    log: print,
    signal: controller.signal,
    showProgress: process.stdout.isTTY === true,
  });
  try {
    await command(system);
  } catch (error) {
    process.exitCode = isBroken ? brokenPipeExitCode : controller.signal.aborted ? 130 : 1;
    if (isBroken) return;
    const isExpected = AccordError.isInstance(error) || (error as NodeJS.ErrnoException).code !== undefined;
    const reason = isExpected ? reasonOf(error) : ((error as Error).stack ?? String(error));
    const message = controller.signal.aborted ? `${interrupted().message}; nothing was changed` : reason;
    process.stderr.write(`accord-native: ${cleanText(message)}\n`);
  }
};

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The parser lets unknown options pass: a misspelt one must not be taken for its absence. */
const refuseUnknown = (args: { readonly _: readonly string[] }, known: readonly string[]): void => {
  const options = Object.keys(args).filter((name) => name !== "_" && !known.includes(kebab(name)));
  const unknown = [...options.map((name) => `--${name}`), ...args._];
  if (unknown.length === 0) return;
  const expected = known.length === 0 ? "no options" : known.map((name) => `--${name}`).join(", ");
  throw new InvalidArgumentError({
    argument: "options",
    value: unknown,
    message: `unknown: ${unknown.join(", ")}; expected ${expected}`,
  });
};

const gpu = { type: "boolean", description: "The CUDA build, for NVIDIA GPUs" } as const;

const install = defineCommand({
  meta: { name: "install", description: "Set native TensorFlow up: faster than WebAssembly" },
  args: {
    gpu,
    python: { type: "string", description: "Python whose TensorFlow, or else pip, is used" },
    "tensorflow-version": { type: "string", description: "Exact version of TensorFlow, such as 2.21.0" },
    force: { type: "boolean", description: "Install again what is there already" },
  },
  run: ({ args }) =>
    withMachine(async (system) => {
      refuseUnknown(args, ["gpu", "python", "tensorflow-version", "force"]);
      const kind = args.gpu ? "gpu" : "cpu";
      const { python, force } = args;
      const tensorflowVersion = args["tensorflow-version"];
      const installed = await installNative(system, { kind, python, force, tensorflowVersion });
      print(
        `TensorFlow ${installed.tensorflowVersion} is set up; what is used now: npx accord-native doctor`,
      );
    }),
});

const doctor = defineCommand({
  meta: {
    name: "doctor",
    description: "Say which backends start, which one is used, and why not the others",
  },
  run: ({ args }) =>
    withMachine(async (system) => {
      refuseUnknown(args, []);
      const diagnosis = await diagnose(system);
      for (const line of diagnosisLines(diagnosis)) print(line);
      if (diagnosis.used === undefined) process.exitCode = 1;
    }),
});

const uninstall = defineCommand({
  meta: { name: "uninstall", description: "Remove what install made" },
  args: { gpu: { ...gpu, description: "Only the CUDA build" } },
  run: ({ args }) =>
    withMachine(async (system) => {
      refuseUnknown(args, ["gpu"]);
      const removed = uninstallNative(system, args.gpu ? ["gpu"] : ["cpu", "gpu"]);
      print(removed.length === 0 ? "Nothing was installed" : `Removed: ${removed.join(", ")}`);
    }),
});

const isBackendName = (name: string): name is BackendName =>
  (backendNames as readonly string[]).includes(name);

/** What the other commands ask in a process of its own; answers with one line of JSON. */
const probe = defineCommand({
  meta: { name: "probe", description: "Start one backend and compute with it", hidden: true },
  args: {
    backend: { type: "positional", required: true },
    folder: { type: "string", description: "A tfjs-node that is not in place yet" },
    wanted: { type: "boolean", description: "The user asked for this backend by name" },
  },
  run: async ({ args: { backend, folder, wanted } }) => {
    if (!isBackendName(backend)) {
      process.stderr.write(
        `accord-native: probe: no backend "${cleanText(backend)}", expected ${backendNames.join(", ")}\n`,
      );
      process.exitCode = 1;
      return;
    }
    const result = folder
      ? await probeFolderHere(backend === "gpu" ? "gpu" : "cpu", folder)
      : await probeHere(backend, { wanted: wanted === true });
    process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());
  },
});

await runMain(
  defineCommand({
    meta: { name: "accord-native", description: "Native TensorFlow for Accord RL" },
    subCommands: { install, doctor, uninstall, probe },
  }),
);
