#!/usr/bin/env node
// Runs src/cli/main.ts where the sources are (a fresh clone, before any build), dist/cli.js otherwise.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));

if (existsSync(source)) {
  const options = ["--import", import.meta.resolve("tsx"), "--conditions=@accord-rl/source"];
  const child = spawn(process.execPath, [...options, source, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("close", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
} else {
  await import(new URL("../dist/cli.js", import.meta.url).href);
}
