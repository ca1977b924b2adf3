/** Makes a world for tests of other apps: FOLDER BACKEND. Prints the path of its options. */
import { startBackend } from "@accord-rl/backend";
import { createWorld } from "./test-world.ts";

const [, , folder, backend] = process.argv as [string, string, string, "wasm" | "native"];
await startBackend({ backend });
process.stdout.write((await createWorld(folder, backend)).config);
