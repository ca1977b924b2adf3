/**
 * Bundles the gradients of TensorFlow.js into packages/math/generated/gradients.js (git-ignored).
 *
 * tfjs-core's main entry registers none in Node, and the module that does has extensionless imports, which Node
 * can't load. All that tfjs-core exports stays an import from it, so that there is one engine; only the gradient
 * functions, and the few internal ops that are not exported, are bundled.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { build } from "esbuild";

const core = "@tensorflow/tfjs-core";
const require = createRequire(import.meta.url);
const entry = require.resolve(`${core}/dist/register_all_gradients.js`);
const coreFolder = dirname(entry);
const { version } = require(`${core}/package.json`);
const exported = require(core);

const notice = `/*! Gradients of TensorFlow.js (${core} ${version}), bundled unchanged.
Copyright Google LLC. All Rights Reserved.
Licensed under the Apache License, Version 2.0 (the "License");
you may not use this file except in compliance with the License.
You may obtain a copy of the License at

http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software
distributed under the License is distributed on an "AS IS" BASIS,
WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
See the License for the specific language governing permissions and
limitations under the License. */`;

/** The names that an ES module of tfjs-core exports; null where it re-exports another module as a whole. */
const exportedNames = (source) => {
  if (/^export \*/m.test(source)) return null;
  const declared = [...source.matchAll(/^export (?:async )?(?:const|let|var|function\*?|class) (\w+)/gm)].map(
    (match) => match[1],
  );
  const listed = [...source.matchAll(/^export \{([^}]*)\}/gm)].flatMap((match) =>
    match[1]
      .split(",")
      .map((name) => name.trim().split(/ as /).at(-1))
      .filter(Boolean),
  );
  return [...declared, ...listed];
};

/** Never bundled, though tfjs-core keeps some of their exports to itself: what the gradients need, it exports. */
const never = ["environment", "util"];

/** What stands in for a module whose exports tfjs-core also exports; undefined where it must be bundled. */
const replacement = (path, source) => {
  const namespace = basename(path, ".js");
  if (namespace === "engine") return `import { engine } from "${core}";\nexport const ENGINE = engine();`;
  if (namespace === "base") return `export * from "${core}";`;
  if (namespace === "tensor")
    return `import { Tensor } from "${core}";\nexport { Tensor };\nexport const getGlobalTensorClass = () => Tensor;`;
  const names = exportedNames(source)?.filter(
    (name) => !never.includes(namespace) || name in exported || name in (exported[namespace] ?? {}),
  );
  if (names === undefined || names.length === 0) return undefined;
  const space = exported[namespace];
  if (typeof space === "object" && names.every((name) => name in space)) {
    return `import { ${namespace} as all } from "${core}";\nexport const { ${names.join(", ")} } = all;`;
  }
  return names.every((name) => name in exported)
    ? `export { ${names.join(", ")} } from "${core}";`
    : undefined;
};

const useCoreExports = {
  name: "use-core-exports",
  setup(bundle) {
    bundle.onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, () => ({ path: core, external: true }));
    bundle.onLoad({ filter: /\.js$/ }, async ({ path }) => {
      if (!path.startsWith(coreFolder) || path === entry || dirname(path) === join(coreFolder, "gradients"))
        return undefined;
      const contents = replacement(path, await readFile(path, "utf8"));
      return contents === undefined ? undefined : { contents, loader: "js" };
    });
  },
};

const folder = join(import.meta.dirname, "../packages/math/generated");
await mkdir(folder, { recursive: true });
await build({
  entryPoints: [entry],
  outfile: join(folder, "gradients.js"),
  bundle: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  banner: { js: notice },
  plugins: [useCoreExports],
  logLevel: "error",
});
await writeFile(join(folder, "gradients.d.ts"), "export {};\n");
