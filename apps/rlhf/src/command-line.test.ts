import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { options } from "./options.ts";
import { runRlhf } from "./test-app.ts";

const { schema, presets } = options.definition;
const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

test("--help names every option and preset, says what each does, and fits on a terminal", async () => {
  const { code, output, errors } = await runRlhf(["--help"]);
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  const lines = output.split("\n");
  const text = output.replace(/\s+/g, " ");
  for (const [name, field] of Object.entries(schema.shape)) {
    const forms = [`  ${flagOf(name)} <`, `  --[no-]${flagOf(name).slice(2)} `];
    // A long flag stands on a line of its own.
    expect(
      lines.some((line) => forms.some((form) => `${line} `.startsWith(form))),
      name,
    ).toBe(true);
    const { description } = (field as { meta(): { description?: string } | undefined }).meta() ?? {};
    expect(description, `description of ${name}`).toBeTruthy();
    expect(text).toContain(description);
  }
  for (const flag of ["--preset <tiny|wasm|quick|full>", "--config", "--out", "--resume", "--help"]) {
    expect(text).toContain(` ${flag} `);
  }
  for (const [name, { description }] of Object.entries(presets)) {
    expect(lines.some((line) => line.startsWith(`  ${name} `))).toBe(true);
    expect(text).toContain(description);
  }
  expect(lines[0]).toMatch(/^rlhf: /);
  expect(text).toContain("Usage: npm run rlhf -- [options]");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
});

test("the tests start the app as npm does", () => {
  const read = (path: string) =>
    JSON.parse(readFileSync(join(import.meta.dirname, path), "utf8")) as { scripts: Record<string, string> };
  expect(read("../package.json").scripts.start).toBe(
    "node --expose-gc --import tsx --conditions=@accord-rl/source src/main.ts",
  );
  expect(read("../../../package.json").scripts.rlhf).toContain("start --workspace @accord-rl/app-rlhf");
});

test("every preset is made of values that the options allow", () => {
  for (const { values } of Object.values(presets)) expect(schema.parse(values)).toMatchObject(values);
});
