import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolders, readManifest, root } from "./monorepo.ts";
import { createPool, run } from "./processes.ts";

const minutes = 60_000;
const tfjs = "@tensorflow/tfjs-core";
const published = packageFolders.filter((folder) => !readManifest(folder).private);
const workspace = mkdtempSync(join(tmpdir(), "accord-packed-"));
const tarballs = join(workspace, "tarballs");
const project = join(workspace, "project");
const bin = (name: string) => join(root, "node_modules/.bin", name);
const tarball = (folder: string) => {
  const { name, version } = readManifest(folder);
  return join(tarballs, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
};

/** Runs a program that must succeed. */
const succeed = async (command: string, args: readonly string[], cwd: string) => {
  const result = await run(command, args, { cwd, env: { ACCORD_BACKEND: "wasm" } });
  expect(result.code, `${command} ${args.join(" ")}\n${result.output}`).toBe(0);
  return result;
};

/** An empty ESM project that depends on the tarballs and on the peer, as a user's would. */
const writeProject = () => {
  const dependencies = Object.fromEntries(
    published.map((folder) => [readManifest(folder).name, `file:${tarball(folder)}`]),
  );
  dependencies[tfjs] = readManifest(".").devDependencies?.[tfjs] ?? "";
  mkdirSync(project);
  const write = (name: string, content: object) =>
    writeFileSync(join(project, name), JSON.stringify(content, null, 2));
  write("package.json", { name: "consumer", private: true, type: "module", dependencies });
  write("tsconfig.json", {
    compilerOptions: {
      module: "nodenext",
      target: "es2022",
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      types: [],
      lib: ["ES2023", "DOM"],
    },
    files: ["small-ppo.ts"],
  });
  copyFileSync(join(root, "tests/consumer/small-ppo.ts"), join(project, "small-ppo.ts"));
};

beforeAll(async () => {
  await succeed(bin("turbo"), ["run", "build", "--concurrency=2"], root);
  mkdirSync(tarballs);
  const chosen = published.flatMap((folder) => ["--workspace", folder]);
  await succeed("npm", ["pack", "--silent", "--pack-destination", tarballs, ...chosen], root);
}, 5 * minutes);
afterAll(() => rmSync(workspace, { recursive: true }));

describe("the packed packages", () => {
  it("pass publint", async () => {
    for (const folder of published) {
      const { buffer, byteOffset, byteLength } = readFileSync(tarball(folder));
      const bytes = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
      const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true });
      expect([folder, messages.map((message) => formatMessage(message, pkg))]).toEqual([folder, []]);
    }
  });

  it("hold what runs and nothing of the sources", async () => {
    for (const folder of published) {
      const { stdout } = await succeed("tar", ["-tzf", tarball(folder)], root);
      const files = stdout.trim().split("\n");
      expect(files).toEqual(
        expect.arrayContaining(["package/package.json", "package/README.md", "package/dist/index.d.ts"]),
      );
      expect(files.filter((file) => /package\/src\/|\.test\.|__fixtures__/.test(file))).toEqual([]);
    }
  });

  it.concurrent("have right types for every kind of ESM consumer", { timeout: 5 * minutes }, async () => {
    const pool = createPool(2);
    const options = ["--profile", "esm-only", "--no-definitely-typed", "--format", "ascii"];
    await Promise.all(
      published.map((folder) => pool(() => succeed(bin("attw"), [tarball(folder), ...options], root))),
    );
  });

  it.concurrent("train a policy in a project outside the monorepo", { timeout: 5 * minutes }, async () => {
    writeProject();
    await succeed("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], project);
    const { stdout } = await succeed("npm", ["ls", tfjs, "--parseable", "--all"], project);
    expect(new Set(stdout.trim().split("\n"))).toEqual(new Set([join(project, "node_modules", tfjs)]));

    await succeed(bin("tsc"), ["-p", "."], project);
    const trained = await succeed(process.execPath, ["small-ppo.js"], project);
    const { first, last } = JSON.parse(trained.stdout.trim().split("\n").at(-1) ?? "");
    expect(first.ratioDeviation).toBeLessThan(1e-3);
    expect(last.klNats).toBeGreaterThan(0);
    expect(last.reward).toBeGreaterThan(first.reward + 0.1);

    const load = published.map((folder) => `import ${JSON.stringify(readManifest(folder).name)};`).join("\n");
    writeFileSync(join(project, "load-all.js"), load);
    expect((await succeed(process.execPath, ["load-all.js"], project)).output).toBe("");
  });
});
