import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const tsx = "node --import tsx --conditions=@accord-rl/source";

/** One program for each edge that prints; what it prints comes after `true` has gone. */
const programs = [
  `${tsx} apps/rlhf/src/main.ts --help`,
  "node packages/feedback/bin/accord-label.js --help",
  "node packages/backend/bin/accord-native.js uninstall --gpu",
  `${tsx} benchmarks/src/main.ts --help`,
];

it.each(programs)(
  "ends as SIGPIPE would end it when the reader is gone: %s",
  { timeout: 60_000 },
  (program) => {
    const script = `${program} | true; echo "$${"{PIPESTATUS[0]}"}" >&2`;
    const env = { ...process.env, ACCORD_CACHE: "/nowhere" };
    const { stderr } = spawnSync("bash", ["-c", script], { cwd: root, encoding: "utf8", env });
    expect(stderr).toBe("141\n");
  },
);
