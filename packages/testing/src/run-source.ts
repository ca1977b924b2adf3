import { join } from "node:path";
import { type Finished, runProcess } from "./run-process.ts";

type OnOutput = NonNullable<Parameters<typeof runProcess>[2]["onOutput"]>;

/** What the tests run on; apps get it as a flag, and from the environment. */
export const testBackend: string = process.env.ACCORD_BACKEND || "wasm";

/** Kills the program, once it has printed this. */
export const killAt =
  (text: string | RegExp): OnOutput =>
  (output, child) => {
    if (typeof text === "string" ? output.includes(text) : text.test(output)) child.kill("SIGKILL");
  };

/**
 * Runs an app from its sources to its end, as its `npm run` command does.
 *
 * @param app  its folder.
 * @param options.file     what is run. Default src/main.ts.
 * @param options.imports  modules that are loaded before it.
 */
export const runSource = (
  app: string,
  args: readonly string[],
  {
    file = join("src", "main.ts"),
    imports = [],
    env = {},
    onOutput,
  }: {
    readonly file?: string;
    readonly imports?: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
    readonly onOutput?: OnOutput | undefined;
  } = {},
): Promise<Finished> =>
  runProcess(
    process.execPath,
    [
      "--expose-gc",
      ...["tsx", ...imports].flatMap((name) => ["--import", name]),
      "--conditions=@accord-rl/source",
      file,
      ...args,
    ],
    {
      cwd: app,
      env: { ...process.env, NODE_OPTIONS: "", INIT_CWD: undefined, ACCORD_BACKEND: testBackend, ...env },
      ...(onOutput && { onOutput }),
    },
  );
