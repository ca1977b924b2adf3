import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataError, InvalidArgumentError } from "@accord-rl/core";
import { afterAll, describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { defineOptions } from "./define-options.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-options-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = defineOptions({
  name: "demo",
  description: "Shows options.",
  schema: z.object({
    seed: z.number().int().min(0).default(1).describe("seeds everything"),
    backend: z.enum(["auto", "wasm", "native"]).default("auto").describe("where tensors live"),
    targetKl: z.number().positive().max(100).default(6).describe("nats per response"),
    iterations: z.number().int().min(1).describe("iterations of PPO"),
    algorithms: z
      .array(z.enum(["ppo", "a2c"]))
      .default(["ppo"])
      .describe("which ones"),
    seeds: z
      .union([z.number(), z.array(z.number())])
      .default(3)
      .describe("how many, or which"),
    stream: z.boolean().default(true).describe("show samples"),
    data: z.string().optional().describe("a file"),
  }),
  presets: {
    tiny: { description: "seconds", values: { iterations: 2, stream: false } },
    quick: { description: "minutes", values: { iterations: 100, targetKl: 8 } },
  },
  defaultPreset: ({ backend }) => (backend === "wasm" ? "tiny" : "quick"),
});

const yaml = (text: string): string => {
  const path = join(folder, `${Math.abs(text.length * 31 + text.charCodeAt(0))}.yaml`);
  writeFileSync(path, text);
  return path;
};

const parse = (...argv: string[]) => options.parse([...argv, "--out", join(folder, "none")]);

test("defaults, presets and types", async () => {
  const values = await parse();
  expect(values).toEqual({
    ...{
      seed: 1,
      backend: "auto",
      targetKl: 8,
      iterations: 100,
      algorithms: ["ppo"],
      seeds: 3,
      stream: true,
    },
    ...{ preset: "quick", out: join(folder, "none"), resume: false },
  });
  expectTypeOf(values!.backend).toEqualTypeOf<"auto" | "wasm" | "native">();
  expectTypeOf(values!.preset).toEqualTypeOf<"tiny" | "quick">();
  expectTypeOf(values!.data).toEqualTypeOf<string | undefined>();
});

test("values may follow from others: above the preset, below what is given", async () => {
  const derived = defineOptions({
    ...options.definition,
    derive: ({ seed = 0 }) => (seed > 1 ? { iterations: seed, targetKl: 50 } : {}),
  });
  const of = (...argv: string[]) => derived.parse([...argv, "--out", join(folder, "none")]);
  expect(await of()).toMatchObject({ iterations: 100, targetKl: 8 });
  expect(await of("--seed", "7")).toMatchObject({ iterations: 7, targetKl: 50 });
  expect(await of("--seed", "7", "--iterations", "3")).toMatchObject({ iterations: 3, targetKl: 50 });
  expect(await of("--config", yaml("seed: 9\ntargetKl: 2"))).toMatchObject({ iterations: 9, targetKl: 2 });
});

test("values by name are completed as flags are", async () => {
  const out = join(folder, "none");
  const config = yaml("seed: 9\ntargetKl: 2");
  const given = { config, targetKl: 3, preset: "tiny", out } as const;
  const flags = ["--config", config, "--target-kl", "3", "--preset", "tiny"];
  expect(await options.complete(given)).toEqual(await parse(...flags));
  expect(await options.complete({ backend: "wasm", out })).toMatchObject({ preset: "tiny", iterations: 2 });
  await expect(options.complete({ targetKl: -1, out })).rejects.toThrow(
    "--target-kl is -1 (given), expected",
  );
  const misspelt = options.complete({ targetKL: 1 } as object);
  await expect(misspelt).rejects.toThrow("unknown option targetKL; did you mean targetKl?");
});

test("the preset may follow from other options", async () => {
  expect(await parse("--backend", "wasm")).toMatchObject({ preset: "tiny", iterations: 2, stream: false });
  expect(await parse("--config", yaml("backend: wasm"))).toMatchObject({ preset: "tiny" });
  expect(await parse("--backend", "wasm", "--preset", "quick")).toMatchObject({ preset: "quick" });
});

test("a flag wins over YAML, YAML over the preset, the preset over the default", async () => {
  expect(await parse("--preset", "quick")).toMatchObject({ targetKl: 8, seed: 1 });
  const config = yaml("preset: quick\ntarget-kl: 4\nseed: 7\nalgorithms: [a2c]");
  expect(await parse("--config", config)).toMatchObject({
    preset: "quick",
    targetKl: 4,
    seed: 7,
    algorithms: ["a2c"],
  });
  expect(await parse("--config", config, "--target-kl=2.5", "--algorithms", "ppo,a2c")).toMatchObject({
    ...{ targetKl: 2.5, seed: 7, algorithms: ["ppo", "a2c"] },
  });
});

test("how flags are written", async () => {
  expect(await parse("--no-stream")).toMatchObject({ stream: false });
  expect(await parse("--preset", "tiny", "--stream")).toMatchObject({ stream: true });
  expect(await parse("--stream=false", "--seeds", "1,2,5")).toMatchObject({
    stream: false,
    seeds: [1, 2, 5],
  });
  expect(await parse("--seeds", "5", "--seed", "2", "--seed", "3")).toMatchObject({ seeds: 5, seed: 3 });
  expect(await options.parse(["--help", "--seed", "x"])).toBeNull();
});

describe("what can't be used is named, with what was probably meant", () => {
  test.each([
    [["--targt-kl", "3"], "unknown option --targt-kl; did you mean --target-kl?"],
    [["--kl", "3"], "unknown option --kl"],
    [["--no-seed"], "unknown option --no-seed"],
    [["--iterations", "many"], '--iterations is "many" (command line), expected an integer of 1 or more'],
    [["--iterations", "1.5"], "--iterations is 1.5 (command line), expected an integer of 1 or more"],
    [["--iterations", ""], '--iterations is "" (command line), expected an integer of 1 or more'],
    [["--iterations"], "--iterations needs a value: expected an integer of 1 or more"],
    [["--target-kl", "-1"], "--target-kl is -1 (command line), expected a number above 0 and of 100 or less"],
    [
      ["--backend", "wsm"],
      '--backend is "wsm" (command line), expected one of auto, wasm, native; did you mean wasm?',
    ],
    [["--preset", "quik"], '--preset is "quik", expected one of tiny, quick; did you mean quick?'],
    [["--algorithms", "ppo,dqn"], "expected a list with commas, each item one of ppo, a2c"],
    [["--stream=maybe"], '--stream is "maybe" (command line), expected true or false'],
    [["--no-stream=true"], "--no-stream takes no value"],
    [
      ["quick"],
      'unexpected argument "quick": options are written --name value, as in: npm run demo -- --preset NAME',
    ],
    [["--config", "/nowhere.yaml"], "--config /nowhere.yaml: the file can't be read (ENOENT)"],
    [["--resume"], "holds no run (run.json and config.yaml are missing)"],
  ])("%j", async (argv, message) => {
    const failure = parse(...argv);
    await expect(failure).rejects.toThrow(InvalidArgumentError);
    await expect(failure).rejects.toThrow(message);
  });

  test("an unknown YAML key, a bad YAML value, broken YAML, a YAML list", async () => {
    await expect(parse("--config", yaml("itterations: 3"))).rejects.toThrow(
      /\.yaml: unknown option itterations; did you mean iterations\?/,
    );
    await expect(parse("--config", yaml("iterations: soon"))).rejects.toThrow(
      /--iterations is "soon" \(.*\.yaml\), expected an integer/,
    );
    await expect(parse("--config", yaml("seed: 1\nseed: [1"))).rejects.toThrow(DataError);
    await expect(parse("--config", yaml("seed: 1\nseed: [1"))).rejects.toThrow(/\.yaml:2: no valid YAML/);
    await expect(parse("--config", yaml("- 1"))).rejects.toThrow("expected lines of `option: value`");
    expect(await parse("--config", yaml(""))).toMatchObject({ seed: 1 });
  });

  test("an option that nothing sets", async () => {
    const bare = defineOptions({
      name: "bare",
      description: "",
      schema: z.object({ file: z.string() }),
      presets: { only: { description: "", values: {} } },
      defaultPreset: "only",
    });
    await expect(bare.parse([])).rejects.toThrow("--file is missing: expected text");
  });

  test("a rule across options gives its own message", async () => {
    const pair = defineOptions({
      name: "pair",
      description: "",
      schema: z
        .object({ low: z.number().default(1), high: z.number().default(2) })
        .refine(({ low, high }) => low < high, { message: "--low must be below --high", path: ["low"] }),
      presets: { only: { description: "", values: {} } },
      defaultPreset: "only",
    });
    await expect(pair.parse(["--low", "5"])).rejects.toThrow(
      "--low is 5 (command line), --low must be below --high",
    );
  });
});

test("mistakes of the app's author show when it is built", () => {
  const define = (schema: z.ZodObject, values: Record<string, unknown>) =>
    defineOptions({
      name: "x",
      description: "",
      schema,
      presets: { a: { description: "", values } },
      defaultPreset: "a",
    });
  expect(() => define(z.object({ out: z.string() }), {})).toThrow("--out is a standard option");
  expect(() => define(z.object({ steps: z.number() }), { stps: 1 })).toThrow(
    "preset a sets stps, which is no option; did you mean steps?",
  );
});

test("a resume takes what is stored, unless a flag says otherwise", async () => {
  const out = join(folder, "stored");
  mkdirSync(out);
  writeFileSync(join(out, "config.yaml"), "preset: tiny\niterations: 5\nseed: 9\n");
  expect(await options.parse(["--resume", "--out", out])).toMatchObject({
    ...{ preset: "tiny", iterations: 5, seed: 9, stream: false, resume: true, out },
  });
  expect(await options.parse(["--resume", "--out", out, "--seed", "2"])).toMatchObject({
    seed: 2,
    iterations: 5,
  });
});

test("a resume asks for an option again whose secret was not stored, and takes what is given", async () => {
  const out = join(folder, "secret");
  mkdirSync(out);
  // As core's redaction stores https://user:password@host.
  writeFileSync(join(out, "config.yaml"), 'preset: tiny\ndata: "https://***@host/rows.jsonl"\n');
  await expect(options.parse(["--resume", "--out", out])).rejects.toThrow(
    "--resume: --data holds a password or key that is not stored; give it again",
  );
  const again = "https://user:password@host/rows.jsonl";
  expect(await options.parse(["--resume", "--out", out, "--data", again])).toMatchObject({ data: again });
});

test("--help comes from the schema", () => {
  expect(options.help()).toBe(`demo: Shows options.

Usage: npm run demo -- [options]

Options:
  --seed <number>               seeds everything [default: 1]
  --backend <auto|wasm|native>  where tensors live [default: auto]
  --target-kl <number>          nats per response [default: 6] [set by presets]
  --iterations <number>         iterations of PPO [set by presets]
  --algorithms <ppo|a2c,…>      which ones [default: ppo]
  --seeds <number|number,…>     how many, or which [default: 3]
  --[no-]stream                 show samples [default: true] [set by presets]
  --data <text>                 a file
  --preset <tiny|quick>         a set of defaults, listed below
  --config <text>               a YAML file of options; flags override it
  --out <text>                  folder of the run [default: runs/demo-1, or the next free number]
  --resume                      go on with the run in --out, or with the latest one
  --help                        this text

Presets (a flag or a YAML entry overrides them):
  tiny        seconds: --iterations 2 --no-stream
  quick       minutes: --target-kl 8 --iterations 100
`);
});
