import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Runs a program of TypeScript in a process of its own, from this folder, as a user's program would. */
export const runSource = (source: string, environment: NodeJS.ProcessEnv = {}) => {
  const options = ["--import", import.meta.resolve("tsx"), "--conditions=@accord-rl/source"];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...options, "--input-type=module", "--eval", source],
    {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: { ...process.env, NODE_OPTIONS: "", ...environment },
      encoding: "utf8",
    },
  );
  return { status, stdout, stderr };
};
