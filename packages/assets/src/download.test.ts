import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataError, InvalidArgumentError } from "@accord-rl/core";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Asset, fetchAsset } from "./index.ts";
import { recipeOf, tgzOf } from "./test-archives.ts";

let root: string;
let marker: string;
let archive: Buffer;
let recipe: Asset;
let server: Server;
let answer: RequestListener;
let asked: { url: string; authorization: string | undefined }[];

const data = Buffer.from("the data");
beforeAll(async () => {
  marker = join(mkdtempSync(join(tmpdir(), "accord-marker-")), "ran");
  const folder = mkdtempSync(join(tmpdir(), "accord-sdist-"));
  // pip would run this to learn the package's metadata.
  const setup = `open(${JSON.stringify(marker)}, "w")\nfrom setuptools import setup\nsetup(name="toy-package", version="1.2.3")\n`;
  archive = await tgzOf(folder, {
    "toy-package-1.2.3/setup.py": Buffer.from(setup),
    "toy-package-1.2.3/PKG-INFO": Buffer.from("Metadata-Version: 2.1\nName: toy-package\nVersion: 1.2.3\n"),
    "toy-package-1.2.3/data.json": data,
  });
  rmSync(folder, { recursive: true });
  const wheel = recipeOf({
    archive,
    path: "toy-package-1.2.3/data.json",
    parts: { "d.json": data },
    registry: "pypi",
  });
  recipe = { ...wheel, package: { ...(wheel.package as object), format: "sdist" } as Asset["package"] };
});

const json = (url: string) =>
  JSON.stringify({ files: [{ filename: "toy-package-1.2.3.tar.gz", url, hashes: {} }] });
const jsonType = { "content-type": "application/vnd.pypi.simple.v1+json" };

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "accord-index-"));
  asked = [];
  answer = ({ url }, response) => {
    if (url === "/simple/toy-package/")
      response.writeHead(200, jsonType).end(json("../../files/toy.tar.gz#sha256=0"));
    else if (url === "/files/toy.tar.gz") response.end(archive);
    else response.writeHead(404).end();
  };
  server = createServer((request, response) => {
    asked.push({ url: request.url ?? "", authorization: request.headers.authorization });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv("PIP_CONFIG_FILE", "/dev/null");
  vi.stubEnv("PIP_EXTRA_INDEX_URL", "");
  vi.stubEnv("no_proxy", "127.0.0.1");
  vi.stubEnv("PIP_INDEX_URL", `http://me:p%40ss@127.0.0.1:${port}/simple/`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(root, { recursive: true });
});

const fetchIt = () => fetchAsset(recipe, { cacheFolder: join(root, "cache") });

describe("a source package", () => {
  it("comes from the index that pip is set to, and none of its code runs", async () => {
    const { path } = await fetchIt();
    expect(readFileSync(path, "utf8")).toBe("the data");
    expect(existsSync(marker)).toBe(false);
    const authorization = `Basic ${btoa("me:p@ss")}`;
    expect(asked).toEqual([
      { url: "/simple/toy-package/", authorization },
      { url: "/files/toy.tar.gz", authorization },
    ]);
  });

  it("is found on a page of HTML", async () => {
    const json = answer;
    answer = (request, response) => {
      if (request.url !== "/simple/toy-package/") return json(request, response);
      const link =
        '<a href="/files/toy.tar.gz#sha256=1" data-requires-python="&gt;=3">toy-package-1.2.3.tar.gz</a>';
      response
        .writeHead(200, { "content-type": "text/html" })
        .end(`<html><a href="x">toy-package-1.0.tar.gz</a>${link}`);
    };
    expect(readFileSync((await fetchIt()).path, "utf8")).toBe("the data");
  });

  it.each<[string, string | RegExp, () => void]>([
    [
      "another file",
      /sha256 [0-9a-f]{64}, expected/,
      () => (archive = Buffer.from(archive.map((byte) => byte ^ 1))),
    ],
    [
      "a file without an end",
      /has more than \d+ bytes/,
      () => {
        answer = ({ url }, response) => {
          if (url?.startsWith("/simple")) response.writeHead(200, jsonType).end(json("/endless"));
          else {
            const send = () =>
              response.write(Buffer.alloc(2 ** 16), () => response.destroyed || setImmediate(send));
            send();
          }
        };
      },
    ],
    [
      "an address on the disk",
      "file is no http address",
      () => {
        answer = (_, response) => response.writeHead(200, jsonType).end(json("file:///etc/hostname"));
      },
    ],
    [
      "no such file",
      "no index that pip is set to has toy-package-1.2.3.tar.gz",
      () => {
        answer = (_, response) => response.writeHead(200, jsonType).end('{"files": []}');
      },
    ],
    [
      "no JSON",
      "JSONDecodeError",
      () => {
        answer = (_, response) => response.writeHead(200, jsonType).end("[[[");
      },
    ],
    [
      "no index",
      "the registry can't be reached",
      () => vi.stubEnv("PIP_INDEX_URL", "http://127.0.0.1:9/simple"),
    ],
  ])("is refused when the index has %s, and nothing is kept", async (_, message, damage) => {
    const whole = archive;
    damage();
    try {
      const fetching = fetchIt();
      await expect(fetching).rejects.toThrow(message);
      await expect(fetching).rejects.toBeInstanceOf(DataError);
      expect(readdirSync(join(root, "cache"))).toEqual([]);
      expect(existsSync(marker)).toBe(false);
    } finally {
      archive = whole;
    }
  });
});

describe("a recipe", () => {
  it.each([
    { name: "../elsewhere" },
    { files: { "../../x": { path: "a", bytes: 1, sha256: "" } } },
    { package: { registry: "npm", name: "--global", version: "1", bytes: 1, sha256: "" } as const },
    { package: { registry: "pypi", name: "a", version: "1 --pre", bytes: 1, sha256: "" } as const },
  ])("can't lead out of the cache or into the client's options: %j", async (change) => {
    const fetching = fetchAsset({ ...recipe, ...change } as Asset, { cacheFolder: join(root, "cache") });
    await expect(fetching).rejects.toBeInstanceOf(InvalidArgumentError);
    expect(asked).toEqual([]);
  });
});
