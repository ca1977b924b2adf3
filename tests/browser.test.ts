/** What learns runs in a browser: it is bundled without stubs for Node's modules, and trains some steps in Chromium. */
import { join } from "node:path";
import { chromium } from "playwright-core";
import { build, type Plugin } from "vite";
import { expect, it } from "vitest";
import { root } from "./monorepo.ts";

/** Ends the build at the first import of a module that no browser has. */
const noNode: Plugin = {
  name: "no-node",
  enforce: "pre",
  resolveId: (source, importer) => {
    if (source.startsWith("node:")) throw new Error(`${importer} imports ${source}`);
    return null;
  },
};

/** @returns the JavaScript of a program as one module. */
const bundle = async (entry: string): Promise<string> => {
  const result = await build({
    configFile: false,
    root,
    logLevel: "error",
    plugins: [noNode],
    resolve: { conditions: ["@accord-rl/source", "browser", "module", "import", "default"] },
    build: {
      write: false,
      minify: false,
      target: "es2022",
      lib: { entry, formats: ["es"], fileName: "page" },
    },
  });
  const [built] = [result].flat();
  if (built === undefined || !("output" in built)) throw new Error("vite watches instead of building");
  return built.output.map((part) => ("code" in part ? part.code : "")).join("\n");
};

interface Updates {
  readonly control: readonly Readonly<Record<string, number>>[];
  readonly text: readonly Readonly<Record<string, number>>[];
}

it("policies and every algorithm bundle without Node's modules, and train in Chromium", async () => {
  const code = await bundle(join(root, "tests/consumer/in-browser.ts"));
  expect(code).not.toMatch(/\b(from|import\() ?["']node:|__vite-browser-external/);

  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args });
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.addScriptTag({ content: code, type: "module" });
    await page.waitForFunction(() => "learned" in globalThis, undefined, { timeout: 60_000 }).catch(() => {});
    expect(errors).toEqual([]);
    const { control, text } = await page.evaluate(
      () => (globalThis as unknown as { learned: Updates }).learned,
    );
    for (const update of [...control, ...text]) {
      expect(Math.abs(update.ratioDeviation ?? 1)).toBeLessThan(1e-3);
      expect(update.gradientNorm).toBeGreaterThan(0);
    }
    expect(text.at(-1)?.klNats).not.toBe(0);
  } finally {
    await browser.close();
  }
}, 120_000);
