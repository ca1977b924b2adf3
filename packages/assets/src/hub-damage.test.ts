import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataError, InvalidArgumentError, redactSecrets } from "@accord-rl/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fetchHubModel } from "./index.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";
const files: Readonly<Record<string, Buffer>> = {
  "config.json": Buffer.from('{"a":1}'),
  "model.safetensors": Buffer.alloc(300_000, 7),
};
const digest = (name: string, ...data: (string | Buffer)[]) =>
  data.reduce((hash, part) => hash.update(part), createHash(name)).digest("hex");

/** As the hub lists them: sha256 of large files, git's sha1 of small ones. */
const listing = () => ({
  sha: commit,
  siblings: Object.entries(files).map(([rfilename, content]) => ({
    rfilename,
    size: content.length,
    blobId: digest("sha1", `blob ${content.length}\0`, content),
    ...(rfilename.endsWith(".safetensors") && {
      blobId: "of the pointer",
      lfs: { size: content.length, sha256: digest("sha256", content) },
    }),
  })),
});

let cacheFolder: string;
let server: Server;
let endpoint: string;
let answer: RequestListener;
let requests: { url: string; range: string | undefined; authorization: string | undefined }[];
let lines: string[];

const serveHub: RequestListener = ({ url = "" }, response) => {
  if (url.startsWith("/api/models/")) response.end(JSON.stringify(listing()));
  else response.end(files[decodeURIComponent(url.split("/").at(-1) ?? "")]);
};

beforeEach(async () => {
  cacheFolder = mkdtempSync(join(tmpdir(), "accord-hub-"));
  answer = serveHub;
  requests = [];
  lines = [];
  server = createServer((request, response) => {
    const { url = "", headers } = request;
    requests.push({ url, range: headers.range, authorization: headers.authorization });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(cacheFolder, { recursive: true });
});

const fetchIt = (options: Parameters<typeof fetchHubModel>[1] = {}, name = "owner/model") =>
  fetchHubModel(name, {
    endpoint,
    cacheFolder,
    patience: { retryDelayMs: 1, idleTimeoutMs: 300 },
    log: (line) => lines.push(line),
    ...options,
  });
const expectWhole = (folder: string) => {
  for (const [name, content] of Object.entries(files))
    expect(readFileSync(join(folder, name)).equals(content)).toBe(true);
};

describe("a cached file that changed", () => {
  const damages: [string, (path: string) => void][] = [
    [
      "has a flipped bit",
      (path) =>
        writeFileSync(
          path,
          readFileSync(path).map((byte, i) => (i === 3 ? byte ^ 4 : byte)),
        ),
    ],
    ["was cut", (path) => writeFileSync(path, readFileSync(path).subarray(0, 5))],
    ["is gone", (path) => rmSync(path)],
  ];
  const all = damages.flatMap(([what, damage]) =>
    Object.keys(files).map((file) => [file, what, damage] as const),
  );

  it.each(all)("%s %s: it alone is fetched again, with one line", async (file, _, damage) => {
    const folder = await fetchIt();
    damage(join(folder, file));
    const before = requests.length;
    lines = [];
    expect(await fetchIt()).toBe(folder);
    expectWhole(folder);
    expect(lines).toEqual([expect.stringMatching(`^fetching ${file} of owner/model again: it (has|is) `)]);
    expect(requests.slice(before).map(({ url }) => url.split("/").at(-1))).toEqual(["main?blobs=true", file]);
    damage(join(folder, file));
    expect(await fetchIt({ revision: commit })).toBe(folder);
    expectWhole(folder);
    expect(readdirSync(cacheFolder)).toEqual(["hub"]);
  });

  it("is not used without the hub", async () => {
    const folder = await fetchIt();
    writeFileSync(join(folder, "config.json"), '{"a":2}');
    const offline = fetchIt({ endpoint: "http://127.0.0.1:9" });
    await expect(offline).rejects.toThrow(
      /config\.json is damaged \(it has sha256 .*\) and can't be fetched again: .*can't be reached/,
    );
    await expect(fetchIt({ endpoint: "http://127.0.0.1:9", revision: commit })).rejects.toBeInstanceOf(
      DataError,
    );
  });

  it("is found in a cache of an earlier version, which has no record, and a good one is kept", async () => {
    const folder = await fetchIt();
    const records = join(folder, "..", "hashes");
    rmSync(records, { recursive: true });
    const before = requests.length;
    expect(await fetchIt({ revision: commit })).toBe(folder);
    expect(requests.length).toBe(before + 1); // the list alone
    expect(readdirSync(records)).toEqual([`${commit}.json`]);
    rmSync(records, { recursive: true });
    writeFileSync(join(folder, "config.json"), '{"a":2}');
    await fetchIt();
    expectWhole(folder);
    expect(lines.at(-1)).toContain("it has git's sha1");
  });
});

it("keeps a--b/c and a/b--c apart, and finds other names where they were", async () => {
  const folders = [await fetchIt({}, "a--b/c"), await fetchIt({}, "a/b--c"), await fetchIt({}, "a/b")];
  expect(folders).toEqual(
    ["a--b%2Fc", "a%2Fb--c", "a--b"].map((name) => join(cacheFolder, "hub", name, commit)),
  );
});

describe("a hub that misbehaves", () => {
  const forever =
    (url: string): RequestListener =>
    (request, response) => {
      if (!request.url?.includes(url)) return serveHub(request, response);
      const send = () =>
        response.write(Buffer.alloc(2 ** 20, 32), () => response.destroyed || setImmediate(send));
      send();
    };
  it.each<[string, string | RegExp, RequestListener]>([
    ["is silent", "can't be reached (nothing came for 0.3 s)", () => {}],
    ["falls silent in the list", "broke off (nothing came for 0.3 s)", (_, response) => response.write("{")],
    [
      "falls silent in a file",
      "broke off (nothing came for 0.3 s)",
      (request, response) => {
        if (request.url?.includes("safetensors")) response.write("x");
        else serveHub(request, response);
      },
    ],
    ["lists without an end", "the answer has over 33554432 bytes", forever("/api/")],
    ["sends a file without an end", "expected 300000", forever("safetensors")],
    ["nests its list", "no description of a model", (_, response) => response.end("[".repeat(1_000_000))],
    [
      "names a file that leads out",
      "has none of the wanted files",
      (_, response) =>
        response.end(
          JSON.stringify({
            sha: commit,
            siblings: ["../config.json", "a\u001b[2J.safetensors", ".x.safetensors"].map((rfilename) => ({
              rfilename,
            })),
          }),
        ),
    ],
    [
      "sends another small file",
      "it has git's sha1",
      (request, response) => {
        if (request.url?.endsWith("config.json")) response.end('{"a":2}');
        else serveHub(request, response);
      },
    ],
  ])("%s: one error, and nothing is kept", async (_, message, listener) => {
    answer = listener;
    const fetching = fetchIt({ patience: { retryDelayMs: 1, idleTimeoutMs: 300, attempts: 2 } });
    await expect(fetching).rejects.toThrow(message);
    await expect(fetching).rejects.toBeInstanceOf(DataError);
    expect(
      readdirSync(cacheFolder, { recursive: true }).filter((name) => String(name).includes(commit)),
    ).toEqual([]);
  });

  it("is asked again, and a file goes on where its connection broke", async () => {
    let isFirst = true;
    answer = (request, response) => {
      if (request.url?.startsWith("/api/") && isFirst) {
        isFirst = false;
        return response.writeHead(503).end();
      }
      if (!request.url?.endsWith("safetensors")) return serveHub(request, response);
      const content = files["model.safetensors"] as Buffer;
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
      const part = content.subarray(from, from + 120_000);
      response.writeHead(from === 0 ? 200 : 206, {
        "content-length": content.length - from,
        ...(from > 0 && { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` }),
      });
      response.write(part, () => {
        if (from + part.length === content.length) response.end();
        else setTimeout(() => response.destroy(), 50);
      });
    };
    const progress: number[] = [];
    expectWhole(await fetchIt({ onProgress: ({ bytes, totalBytes }) => progress.push(bytes / totalBytes) }));
    expect(requests.map(({ range }) => range).filter((range) => range !== undefined)).toEqual([
      "bytes=120000-",
      "bytes=240000-",
    ]);
    expect(progress.at(-1)).toBe(1);
  });

  it("can't stall a request by a clock that is set back", async () => {
    answer = () => vi.setSystemTime(Date.now() - 3_600_000);
    vi.useFakeTimers({ toFake: ["Date"] });
    await expect(fetchIt()).rejects.toThrow("nothing came for 0.3 s");
    vi.useRealTimers();
  });
});

describe("secrets", () => {
  it("a token with a line break is refused without being shown; one at its end is no harm", async () => {
    vi.stubEnv("HF_TOKEN", "hf_abcdefgh\nijklmnop");
    const failure = await fetchIt().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidArgumentError);
    expect(JSON.stringify(failure) + String((failure as Error).stack)).not.toMatch(/abcdefgh|ijklmnop/);
    vi.stubEnv("HF_TOKEN", "hf_abcdefgh\n");
    await fetchIt();
    expect(requests[0]?.authorization).toBe("Bearer hf_abcdefgh");
  });

  it("credentials in the address become a header, and stand in no message", async () => {
    const withUser = endpoint.replace("//", "//me:pass%40word@");
    await fetchIt({ endpoint: withUser });
    expect(requests[0]?.authorization).toBe(`Basic ${btoa("me:pass@word")}`);
    answer = (_, response) => response.writeHead(404).end();
    const failure = await fetchIt({ endpoint: withUser, revision: "other" }).catch(
      (error: unknown) => error as Error,
    );
    expect(String(failure)).toContain("404");
    expect(String(failure)).not.toMatch(/me:|pass/);
    expect(redactSecrets("the proxy says pass@word")).toBe("the proxy says ***");
  });

  it.each(["", "..", "a/../b", "a b", "x?y", "-x"])("revision %j is refused", async (revision) => {
    await expect(fetchIt({ revision })).rejects.toBeInstanceOf(InvalidArgumentError);
    expect(requests).toEqual([]);
  });
});
