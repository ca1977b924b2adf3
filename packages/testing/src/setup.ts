import { startBackend } from "@accord-rl/backend";
import { beforeAll } from "vitest";
import { failOnOutput } from "./fail-on-output.ts";
import { registerMatchers } from "./to-be-all-close.ts";

registerMatchers();
failOnOutput();

type BackendName = NonNullable<NonNullable<Parameters<typeof startBackend>[0]>["backend"]>;

beforeAll(async () => {
  await startBackend({ backend: (process.env.ACCORD_BACKEND || "wasm") as BackendName });
});
