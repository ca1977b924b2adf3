import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { packageFolders, readManifest, root } from "./monorepo.ts";
import { createPool, run } from "./processes.ts";

const readmes = ["README.md", ...packageFolders.map((folder) => `${folder}/README.md`)];

/** The ```ts blocks of a document. */
const readBlocks = (text: string) =>
  [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? "");

const examples = readmes
  .filter((readme) => existsSync(join(root, readme)))
  .flatMap((readme) =>
    readBlocks(readFileSync(join(root, readme), "utf8")).map((code, i) => ({
      name: `${readme} (${i + 1})`,
      file: `${readme.replace(/\W+/g, "-")}-${i + 1}.mts`,
      code,
    })),
  );

// Outside the repository, so that only what a package exports can be reached.
const folder = mkdtempSync(join(tmpdir(), "accord-readme-"));
symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
for (const { file, code } of examples) writeFileSync(join(folder, file), code);
writeFileSync(
  join(folder, "tsconfig.json"),
  JSON.stringify({
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: {
      customConditions: ["@accord-rl/source"],
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: ["*.mts"],
  }),
);
afterAll(() => rmSync(folder, { recursive: true }));

const bin = (name: string) => join(root, "node_modules/.bin", name);
const pool = createPool(2);

describe("README examples", () => {
  it("exist for every public package", () => {
    const names = packageFolders
      .filter((name) => !readManifest(name).private)
      .map((name) => `${name}/README.md`);
    const shown = new Set(examples.map((example) => example.name.replace(/ .*/, "")));
    expect(["README.md", ...names].filter((name) => !shown.has(name))).toEqual([]);
  });

  it.concurrent("have correct types", { timeout: 300_000 }, async ({ expect }) => {
    const { output } = await pool(() => run(bin("tsc"), ["-p", folder], { cwd: root }));
    expect(output).toBe("");
  });

  it.concurrent.each(examples)("$name runs", { timeout: 300_000 }, async ({ file }) => {
    const args = ["--conditions=@accord-rl/source", join(folder, file)];
    const { code, output } = await pool(() =>
      run(bin("tsx"), args, { cwd: root, env: { ACCORD_BACKEND: "wasm" } }),
    );
    expect(code, output).toBe(0);
    expect(output.split("\n").length, `prints too much:\n${output}`).toBeLessThan(20);
  });
});
