import { type BackendName, startBackend } from "@accord-rl/backend";

/** Whether a backend starts, tried in a process of its own: one that does not may leave libraries behind. */
try {
  await startBackend({ backend: process.argv[2] as BackendName });
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message.replaceAll("\n", " ") : String(error)}\n`);
  process.exit(1);
}
