import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import {
  consumerFolders,
  type ImportLine,
  imports,
  isTestFile,
  packageFolders,
  packageNames,
  readImports,
  readManifest,
  root,
  rootDevelopment,
  scope,
} from "./monorepo.ts";

/**
 * Who may import whom. `x ← y`: y may import x, and whatever stands left of it in the same line. Packages in one
 * brace never import each other. ARCHITECTURE.md holds the same text, and a test below compares the two.
 */
const table = `
core ← math ← { policy, environments }
core ← math ← learning ← { kl-regularizers, reward-model, sft, q-learning, dpo }
core ← math ← learning ← policy-gradient ← { ppo, a2c, reinforce }
core ← { data, evaluation }
core ← files ← { checkpoint, assets, backend }
core ← files ← checkpoint ← { runs, feedback }
{ core, math, files, checkpoint } ← language-model
core ← tokenizers ← language-model
core ← evaluation ← feedback
everything above ← recipes ← app-options ← { apps, benchmarks }
{ core, math, learning, backend } ← testing
`.trim();

/** The table as a map: package → the packages that it may import. */
const parseTable = (text: string): ReadonlyMap<string, ReadonlySet<string>> => {
  const rules = new Map<string, Set<string>>();
  for (const line of text.split("\n")) {
    const groups = line
      .split("←")
      .map((group) => (/^everything above/.test(group) ? [...rules.keys()] : (group.match(/[\w-]+/g) ?? [])));
    groups.forEach((group, i) => {
      for (const name of group) {
        const allowed = rules.get(name) ?? new Set();
        for (const earlier of groups.slice(0, i).flat()) allowed.add(earlier);
        rules.set(name, allowed);
      }
    });
  }
  return rules;
};
const rules = parseTable(table);
const allowedFor = (folder: string): ReadonlySet<string> =>
  folder.startsWith("packages/")
    ? (rules.get(folder.slice("packages/".length)) ?? new Set())
    : new Set(packageNames);

const shown = (lines: readonly ImportLine[]) => lines.map((line) => `${line.file}: ${line.specifier}`);
/** "@accord-rl/math/x" → "math"; undefined when the import is of no package of ours. */
const sibling = (specifier: string) =>
  specifier.startsWith(scope) ? specifier.slice(scope.length).split("/")[0] : undefined;
const moduleName = (specifier: string) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
const isRelative = (specifier: string) => specifier.startsWith(".");
const isBackendModule = (name: string) =>
  /^(@tensorflow\/tfjs(-node|-node-gpu|-backend-.*)?|webgpu)$/.test(name);

describe("the reader of tables and imports", () => {
  it("lets a package import what stands left of it, and nothing else", () => {
    const rules = parseTable("a ← b ← { c, d }\na ← e ← c\neverything above ← f");
    const sorted = (name: string) => [...(rules.get(name) ?? [])].sort();
    expect(["a", "b", "c", "d", "e"].map(sorted)).toEqual([[], ["a"], ["a", "b", "e"], ["a", "b"], ["a"]]);
    expect(sorted("f")).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("sees every form of import", () => {
    const text = `
      import type { A } from "types-only";
      import { type B } from "elided-but-loaded";
      import "side-effect";
      export { c } from "re-export";
      export type { D } from "re-exported-types";
      const e = await import("dynamic");
      import type { F } from "both";
      import { f } from "both";`;
    const found = readImports(text).map(({ specifier, isTypeOnly }) => `${specifier} ${isTypeOnly}`);
    expect([...new Set(found)].sort()).toEqual([
      "both false",
      "dynamic false",
      "elided-but-loaded false",
      "re-export false",
      "re-exported-types true",
      "side-effect false",
      "types-only true",
    ]);
    expect(imports.length).toBeGreaterThan(packageFolders.length);
  });
});

describe("the import table", () => {
  it("is the one in ARCHITECTURE.md", () => {
    const document = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
    const block = document.split("## Who may import whom")[1]?.match(/```text\n([\s\S]*?)\n```/)?.[1];
    expect(block).toBe(table);
  });

  it("names every package, and no other", () => {
    const named = [...rules.keys()].filter((name) => !["apps", "benchmarks"].includes(name));
    expect(named.sort()).toEqual([...packageNames].sort());
  });

  it("holds for every import line", () => {
    const forbidden = imports.filter(({ folder, specifier, isTest }) => {
      const name = sibling(specifier);
      return name !== undefined && !allowedFor(folder).has(name) && !(isTest && name === "testing");
    });
    expect(shown(forbidden)).toEqual([]);
  });

  it("holds for every package.json, whose siblings have exact versions", () => {
    for (const folder of [...packageFolders, ...consumerFolders]) {
      const manifest = readManifest(folder);
      const siblingsIn = (field: Readonly<Record<string, string>> = {}) =>
        Object.keys(field).flatMap((name) => sibling(name) ?? []);
      const allowed = allowedFor(folder);
      expect([folder, siblingsIn(manifest.dependencies).filter((name) => !allowed.has(name))]).toEqual([
        folder,
        [],
      ]);
      const inTests = siblingsIn(manifest.devDependencies);
      expect([folder, inTests.filter((name) => name !== "testing" && !allowed.has(name))]).toEqual([
        folder,
        [],
      ]);
      for (const [name, version] of Object.entries(manifest.dependencies ?? {})) {
        if (name.startsWith(scope)) expect(version).toMatch(/^\d+\.\d+\.\d+/);
      }
    }
  });

  it("makes no cycle, development dependencies included", () => {
    const edges = new Map(
      packageFolders.map((folder) => {
        const { name, dependencies, devDependencies } = readManifest(folder);
        const all = Object.keys({ ...dependencies, ...devDependencies });
        return [name, all.filter((other) => other.startsWith(scope))];
      }),
    );
    const visit = (name: string, path: readonly string[]): void => {
      expect(path).not.toContain(name);
      for (const next of edges.get(name) ?? []) visit(next, [...path, name]);
    };
    for (const name of edges.keys()) visit(name, []);
  });
});

describe("every import", () => {
  it("goes through a package's one entry point", () => {
    const deep = imports.filter(({ specifier }) => {
      const name = sibling(specifier);
      return name !== undefined && specifier !== scope + name && specifier !== `${scope}${name}/package.json`;
    });
    const escaping = imports.filter(
      ({ folder, file, specifier }) =>
        isRelative(specifier) &&
        relative(join(root, folder), resolve(root, dirname(file), specifier)).startsWith(".."),
    );
    expect(shown([...deep, ...escaping])).toEqual([]);
  });

  it("is in no circle within an app or among the recipes", () => {
    const inside = ({ folder }: ImportLine) => folder.startsWith("apps/") || folder === "packages/recipes";
    const edges = new Map<string, string[]>();
    for (const { file, specifier } of imports.filter(inside)) {
      const target = relative(root, resolve(root, dirname(file), specifier));
      if (isRelative(specifier)) edges.set(file, [...(edges.get(file) ?? []), target]);
    }
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      expect(path).not.toContain(file);
      if (done.has(file)) return;
      for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of edges.keys()) visit(file, []);
  });

  it("of what only tests need is in a test", () => {
    const published = imports.filter(
      ({ specifier, isTest }) => isRelative(specifier) && !isTest && isTestFile(specifier),
    );
    expect(shown(published)).toEqual([]);
  });

  it("is declared in its package.json", () => {
    const undeclared = imports.filter(({ folder, specifier, isTest, isTypeOnly }) => {
      if (isRelative(specifier) || isBuiltin(specifier)) return false;
      const { name, dependencies, devDependencies, peerDependencies, optionalDependencies } =
        readManifest(folder);
      const published = { ...dependencies, ...peerDependencies, ...optionalDependencies };
      const declared = [name, ...Object.keys(published)];
      if (isTest || isTypeOnly) declared.push(...Object.keys(devDependencies ?? {}));
      if (isTest) declared.push(...rootDevelopment, `${scope}testing`);
      // The matchers and the setup file belong to the test runner, which the root installs.
      if (folder === "packages/testing") declared.push("vitest");
      return !declared.includes(moduleName(specifier));
    });
    expect(shown(undeclared)).toEqual([]);
  });

  it("takes a name from where it lives: no package passes on another's", () => {
    const published = imports.filter(({ folder, isTest }) => folder !== "packages/testing" && !isTest);
    const passedOn = [...new Set(published.map(({ file }) => file))].filter((file) =>
      /^export [^;]*? from "@accord-rl\//m.test(readFileSync(join(root, file), "utf8")),
    );
    expect(passedOn).toEqual([]);
  });

  it("is there for every dependency that is declared", () => {
    const unused = [...packageFolders, ...consumerFolders].flatMap((folder) => {
      const { dependencies, devDependencies } = readManifest(folder);
      const used = new Set(
        imports.filter((line) => line.folder === folder).map(({ specifier }) => moduleName(specifier)),
      );
      // Files of it are resolved, not imported.
      if (folder === "packages/backend") used.add("node-api-headers");
      // Types come with what they are of; apps and benchmarks declare the tfjs-core that packages take from their user.
      const isUsed = (name: string) =>
        used.has(name.replace("@types/", "")) ||
        (name === "@tensorflow/tfjs-core" && !folder.startsWith("packages/"));
      return Object.keys({ ...dependencies, ...devDependencies })
        .filter((name) => !isUsed(name))
        .map((name) => `${folder}: ${name}`);
    });
    expect(unused).toEqual([]);
  });

  it("of core from elsewhere is of types only", () => {
    const run = imports.filter(
      ({ folder, specifier, isTypeOnly, isTest }) =>
        folder === "packages/core" && !isTest && !isTypeOnly && !isRelative(specifier),
    );
    expect(shown(run)).toEqual([]);
  });

  it("of a tfjs backend is in backend", () => {
    const elsewhere = imports.filter(
      ({ folder, specifier }) => folder !== "packages/backend" && isBackendModule(moduleName(specifier)),
    );
    expect(shown(elsewhere)).toEqual([]);
    for (const folder of [...packageFolders, ...consumerFolders]) {
      if (folder === "packages/backend") continue;
      const { dependencies, devDependencies, peerDependencies } = readManifest(folder);
      const declared = Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies });
      expect([folder, declared.filter(isBackendModule)]).toEqual([folder, []]);
    }
  });
});

describe("every package", () => {
  it("has its README, build and type configuration", () => {
    const needed = ["README.md", "tsup.config.ts", "tsconfig.json", "src/index.ts"];
    const missing = packageFolders
      .flatMap((folder) => needed.map((file) => `${folder}/${file}`))
      .filter((file) => !existsSync(join(root, file)));
    expect(missing).toEqual([]);
  });

  it("has the manifest that consumers need", () => {
    for (const folder of packageFolders) {
      const manifest = readManifest(folder);
      expect(manifest.name).toBe(scope + folder.slice("packages/".length));
      expect(manifest.type).toBe("module");
      expect(manifest.files).toContain("dist");
      expect(manifest.exports).toMatchObject({
        ".": {
          "@accord-rl/source": "./src/index.ts",
          types: "./dist/index.d.ts",
          default: "./dist/index.js",
        },
        "./package.json": "./package.json",
      });
    }
  });

  it("takes tfjs-core from its user: one copy, one version", () => {
    const tfjs = "@tensorflow/tfjs-core";
    const version = readManifest(".").devDependencies?.[tfjs];
    for (const folder of packageFolders) {
      const { dependencies, peerDependencies } = readManifest(folder);
      const isUsed = imports.some(
        (line) => line.folder === folder && !line.isTest && moduleName(line.specifier) === tfjs,
      );
      expect([folder, dependencies?.[tfjs]]).toEqual([folder, undefined]);
      if (isUsed) expect([folder, peerDependencies?.[tfjs]]).toEqual([folder, version]);
    }
  });
});
