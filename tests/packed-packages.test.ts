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

/**
 * An empty ESM project that depends on tarballs and on the peer, as a user's would. What they depend on in turn comes from
 * tarballs too, not from the registry.
 */
const writeProject = (project: string, wanted: readonly string[], program: string) => {
  const fileOf = (folders: readonly string[]) =>
    Object.fromEntries(folders.map((folder) => [readManifest(folder).name, `file:${tarball(folder)}`]));
  const dependencies = fileOf(wanted);
  dependencies[tfjs] = readManifest(".").devDependencies?.[tfjs] ?? "";
  const overrides = fileOf(published.filter((folder) => !wanted.includes(folder)));
  mkdirSync(project);
  const write = (name: string, content: object) =>
    writeFileSync(join(project, name), JSON.stringify(content, null, 2));
  write("package.json", { name: "consumer", private: true, type: "module", dependencies, overrides });
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
    files: [program],
  });
  copyFileSync(join(root, "tests/consumer", program), join(project, program));
};

/** Installs, checks the types of the program and runs it. @returns the JSON of its last line. */
const runProgram = async (project: string, program: string) => {
  await succeed("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], project);
  await succeed(bin("tsc"), ["-p", "."], project);
  const { stdout } = await succeed(process.execPath, [program.replace(/ts$/, "js")], project);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
};

/** Packages of a project, with those within packages. */
const installed = (project: string): string[] => {
  const { packages } = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8"));
  return Object.keys(packages).flatMap((path) => path.split("node_modules/").at(-1) || []);
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
    writeProject(project, published, "small-ppo.ts");
    const { first, last } = await runProgram(project, "small-ppo.ts");
    const { stdout } = await succeed("npm", ["ls", tfjs, "--parseable", "--all"], project);
    expect(new Set(stdout.trim().split("\n"))).toEqual(new Set([join(project, "node_modules", tfjs)]));

    expect(first.ratioDeviation).toBeLessThan(1e-3);
    expect(last.klNats).toBeGreaterThan(0);
    expect(last.reward).toBeGreaterThan(first.reward + 0.1);

    const load = published.map((folder) => `import ${JSON.stringify(readManifest(folder).name)};`).join("\n");
    writeFileSync(join(project, "load-all.js"), load);
    expect((await succeed(process.execPath, ["load-all.js"], project)).output).toBe("");
  });

  it.concurrent("train PPO and DQN on CartPole without any code for text or files", {
    timeout: 5 * minutes,
  }, async () => {
    const control = join(workspace, "control");
    const wanted = [
      "backend",
      "core",
      "environments",
      "learning",
      "policy",
      "policy-gradient",
      "ppo",
      "q-learning",
    ];
    writeProject(
      control,
      wanted.map((name) => `packages/${name}`),
      "cart-pole.ts",
    );
    const { ppo, dqn } = await runProgram(control, "cart-pole.ts");
    for (const { reward } of [...ppo, ...dqn]) expect(reward).toBeGreaterThan(0);
    expect(dqn.at(-1).loss).toBeGreaterThan(0);

    const names = installed(control);
    expect(names.filter((name) => /tokenizer|jinja|regexpp|gguf|safetensors|parquet/i.test(name))).toEqual(
      [],
    );
    const own = names.filter((name) => name.startsWith("@accord-rl/")).map((name) => name.slice(11));
    expect(own.sort()).toEqual([...wanted, "files", "math"].sort());
    const scripts = own.map((name) =>
      readFileSync(join(control, "node_modules/@accord-rl", name, "dist/index.js"), "utf8"),
    );
    expect(scripts.filter((script) => /safetensors|tokenizer_config|GGUF/.test(script))).toEqual([]);
  });
});
