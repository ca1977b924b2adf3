import { type BackendName, startBackend } from "@accord-rl/backend";
import { cleanText } from "@accord-rl/core";

/** Whether a backend starts, tried in a process of its own: one that does not may leave libraries behind. */
try {
  await startBackend({ backend: process.argv[2] as BackendName });
  process.exit(0);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${cleanText(message).replaceAll("\n", " ")}\n`);
  process.exit(1);
}
