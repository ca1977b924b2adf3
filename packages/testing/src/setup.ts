import { startBackend } from "@accord-rl/backend";
import { failOnOutput } from "./fail-on-output.ts";
import { registerMatchers } from "./to-be-all-close.ts";

registerMatchers();
failOnOutput();

type BackendName = NonNullable<NonNullable<Parameters<typeof startBackend>[0]>["backend"]>;

// Before the test file is read, so that tensors can be made anywhere in it.
await startBackend({ backend: (process.env.ACCORD_BACKEND || "wasm") as BackendName });
