import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchAsset, fetchHubModel } from "@accord-rl/assets";
import { DataError } from "@accord-rl/core";
import { readPreferences, readRecords } from "@accord-rl/data";
import { cacheAnswers, createOpenAiModel, openAnswerCache } from "@accord-rl/feedback";
import { loadModel, loadTokenizer, readGguf } from "@accord-rl/language-model";
import {
  barChart,
  dataTable,
  defineOptions,
  keyFigures,
  lineChart,
  optionsSection,
  paragraphs,
  type Run,
  runApp,
  sampleComparison,
  writeReport,
} from "@accord-rl/runs";
import { createChatTemplate } from "@accord-rl/tokenizers";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { z } from "zod";

/** Clears the screen, sets the title, the eight-bit escape, turns the direction, half a surrogate, rings. */
const attack = "A\u001b[2J\u001b]0;owned\u0007\u009b31m\u202eevil\u2066\ud800\b\rZ";
const secret = "tok-5ecret-value";
const brokenSecret = "hf-5ecret-one\nhf-5ecret-two";
const password = "pa55-w0rd-of-a-user";
const secrets = /tok-5ecret|hf-5ecret|pa55-w0rd/;
/** All of them together. */
const hostile = `${attack} ${secret} https://me:${password}@host/x`;

let folder: string;
let server: Server;
let address: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "accord-hostile-"));
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv("HF_TOKEN", brokenSecret);
  vi.stubEnv("OPENAI_API_KEY", secret);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  process.exitCode = undefined;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
};
const json = (value: unknown) => JSON.stringify(value);
const lines = (rows: readonly unknown[]) => rows.map((row) => `${json(row)}\n`).join("");

const says = (status: number, body: string, headers: Record<string, string> = {}) => {
  answer = (_, response) =>
    void response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
};
const askModel = async (run: Run, status: number, body: string, headers = {}, baseUrl = `${address}/v1`) => {
  says(status, body, headers);
  const model = createOpenAiModel({ model: "m", baseUrl, maxRetries: 0, keyVariable: "OPENAI_API_KEY" });
  const cached = cacheAnswers({ model, cache: openAnswerCache(run.path("answers.jsonl")) });
  const [completion] = await cached.complete([[{ role: "user", content: "hello" }]], { maxNewTokens: 8 });
  run.note(json(completion));
};
const askHub = async (run: Run, body: unknown, options = {}) => {
  says(200, typeof body === "string" ? body : json(body));
  const hub = {
    endpoint: address,
    token: secret,
    cacheFolder: join(folder, "cache"),
    patience: { attempts: 1 },
  };
  await fetchHubModel("owner/model", { ...hub, log: run.note, ...options });
};
const fetchFailing = (message: string) =>
  fetchAsset("sentiment-sentences", {
    cacheFolder: join(folder, "cache"),
    download: () => Promise.reject(new Error(message)),
  });
const gguf = (key: string) => {
  const bytes = Buffer.alloc(40 + Buffer.byteLength(key));
  bytes.write("GGUF");
  bytes.writeUInt32LE(3, 4);
  bytes.writeBigUInt64LE(0n, 8);
  bytes.writeBigUInt64LE(1n, 16);
  bytes.writeBigUInt64LE(BigInt(Buffer.byteLength(key)), 24);
  bytes.write(key, 32);
  bytes.writeUInt32LE(99, 32 + Buffer.byteLength(key)); // no such type
  return bytes;
};
const safetensors = (header: unknown) => {
  const text = Buffer.from(json(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([size, text]);
};
const tokenizer = (change: object) => {
  const decoder = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  const whole = {
    version: "1.0",
    decoder,
    model: { type: "BPE", vocab: { a: 0 }, merges: [] },
    added_tokens: [],
    ...change,
  };
  return join(file("tokenizer/tokenizer.json", json(whole)), "..");
};
const chat = async (template: string) => {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const letters = { type: "BPE", vocab: { a: 0, b: 1 }, merges: [] };
  const plain = await loadTokenizer(
    tokenizer({ model: letters, pre_tokenizer: byteLevel, decoder: byteLevel }),
  );
  createChatTemplate({ tokenizer: plain, template }).encode([{ role: "user", content: hostile }]);
};
const logged = (run: Run, body: (stage: Parameters<Parameters<Run["stage"]>[1]>[0]) => void) =>
  run.stage("s", async (stage) => body(stage));

type Case = (run: Run) => unknown;
const cases: Readonly<Record<string, Case>> = {
  "hub: a commit": (run) => askHub(run, { sha: hostile, siblings: [] }),
  "hub: names of files": (run) => askHub(run, { sha: "0".repeat(40), siblings: [{ rfilename: hostile }] }),
  "hub: an answer that is no JSON": (run) => askHub(run, hostile),
  "hub: a redirect that names credentials": async (run) => {
    says(302, "", { location: `http://me:${password}@127.0.0.1:9/` });
    await fetchHubModel("owner/model", {
      endpoint: address,
      token: secret,
      cacheFolder: folder,
      log: run.note,
      patience: { attempts: 1 },
    });
  },
  "hub: a token with a line break": () =>
    fetchHubModel("owner/model", { endpoint: address, cacheFolder: folder }),
  "hub: credentials in its address": () =>
    fetchHubModel("owner/model", {
      endpoint: `http://me:${password}@127.0.0.1:9`,
      token: secret,
      cacheFolder: folder,
      patience: { attempts: 1 },
    }),
  "hub: an address that is none": () =>
    fetchHubModel("owner/model", { endpoint: `me:${password}@host`, token: secret, cacheFolder: folder }),
  "hub: a name": () => fetchHubModel(hostile, { endpoint: address, token: secret }),
  "hub: a revision": () =>
    fetchHubModel("owner/model", { endpoint: address, token: secret, revision: hostile }),
  "registry: a client's last words": () => fetchFailing(`npm error ${hostile}`),
  "registry: an index with credentials": () =>
    fetchFailing(`ERROR: no https://me:${password}@index/simple/x`),
  "server: a key echoed in 401": (run) =>
    askModel(run, 401, json({ error: { message: `Incorrect API key: ${hostile}` } })),
  "server: 400": (run) => askModel(run, 400, json({ error: { message: hostile, code: hostile } })),
  "server: 404 in HTML": (run) =>
    askModel(run, 404, `<title>${hostile}</title>`, { "content-type": "text/html" }),
  "server: 500": (run) => askModel(run, 500, json({ detail: hostile })),
  "server: an error on 200": (run) => askModel(run, 200, json({ error: { message: hostile } })),
  "server: no JSON": (run) => askModel(run, 200, hostile),
  "server: an answer, printed and cached": (run) =>
    askModel(
      run,
      200,
      json({
        choices: [{ message: { content: hostile }, finish_reason: "stop" }],
        usage: { prompt_tokens: 1, completion_tokens: 1 },
      }),
    ),
  "server: an unknown reason to stop": (run) =>
    askModel(run, 200, json({ choices: [{ message: { content: "x" }, finish_reason: hostile }] })),
  "server: credentials in its address": (run) =>
    askModel(run, 500, "{}", {}, `http://me:${password}@127.0.0.1:9/v1`),
  "model: an architecture": () =>
    loadModel(join(file("model/config.json", json({ model_type: hostile, architectures: [hostile] })), "..")),
  "model: a setting": () =>
    loadModel(join(file("llama/config.json", json({ model_type: "llama", hidden_act: hostile })), "..")),
  "model: JSON that breaks": () => loadModel(join(file("broken/config.json", `{"a": ${hostile}`), "..")),
  "model: a name in GGUF": () => readGguf(file("x.gguf", gguf(hostile))),
  "model: a name in safetensors": async () => {
    const config = {
      model_type: "llama",
      hidden_size: 4,
      num_hidden_layers: 1,
      num_attention_heads: 1,
      intermediate_size: 4,
      vocab_size: 4,
      rms_norm_eps: 1e-5,
      max_position_embeddings: 8,
    };
    file("tensors/config.json", json(config));
    file(
      "tensors/model.safetensors",
      safetensors({ [hostile]: { dtype: hostile, shape: [1], data_offsets: [0, 4] } }),
    );
    await loadModel(join(folder, "tensors"));
  },
  "tokenizer: a kind": () => loadTokenizer(tokenizer({ model: { type: hostile } })),
  "tokenizer: a pre-tokenizer": () => loadTokenizer(tokenizer({ pre_tokenizer: { type: hostile } })),
  "tokenizer: a regular expression": () =>
    loadTokenizer(
      tokenizer({
        pre_tokenizer: { type: "Split", pattern: { Regex: `(${hostile}` }, behavior: "Isolated" },
      }),
    ),
  "template: one that raises": () => chat("{{ raise_exception(messages[0].content) }}"),
  "template: one that breaks": () => chat(`{% if ${hostile}`),
  "template: an unknown filter": () => chat(`{{ messages | ${attack} }}`),
  "data: a line that is no JSON": () => readPreferences(file("a.jsonl", `${hostile}\n`)),
  "data: columns": () => readPreferences(file("b.jsonl", lines([{ [hostile]: 1 }]))),
  "data: a value of the wrong kind": () =>
    readPreferences(
      file("c.jsonl", lines([{ prompt: { [hostile]: hostile }, chosen: 1, rejected: hostile }])),
    ),
  "data: a table": () => readRecords(file("d.csv", `a,${hostile}\n"${hostile}`), { text: hostile } as never),
  "data: no parquet": () => readPreferences(file("e.parquet", hostile)),
  "run: an option's name in a file": (run) => run.note(readFileSync(file("note.txt", hostile), "utf8")),
  "run: a note": (run) => run.note(hostile),
  "run: samples, metrics and a summary": async (run) => {
    await logged(run, (stage) => {
      stage.samples([{ prompt: hostile, [hostile]: [hostile] }]);
      stage.log(1, { [hostile]: 1 });
    });
    await run.writeSummary({ [hostile]: { text: hostile } });
  },
  "run: a stage's result": (run) => run.stage("s", async () => ({ [hostile]: hostile })),
  "run: an error of ours": () => {
    throw new DataError({ path: hostile, message: hostile, cause: new Error(hostile) });
  },
  "run: an error that is a bug": () => {
    throw new Error(hostile, { cause: new Error(secret) });
  },
  "run: a report": (run) => {
    const points = [
      { x: 1, y: 1 },
      { x: 2, y: 2 },
    ];
    const markup = `<script>alert(1)</script><img src=x onerror=alert(1)> ${hostile}`;
    return writeReport(run.path("report.html"), {
      title: markup,
      subtitle: markup,
      sections: [
        {
          title: markup,
          intro: markup,
          blocks: [paragraphs(markup), dataTable([{ [markup]: markup }], markup)],
        },
        { title: markup, blocks: [keyFigures([{ label: markup, value: markup, note: markup }])] },
        {
          title: markup,
          blocks: [
            sampleComparison([
              { prompt: markup, responses: [{ label: markup, text: markup, scores: { [markup]: 1 } }] },
            ]),
          ],
        },
        {
          title: markup,
          blocks: [
            lineChart({
              title: markup,
              note: markup,
              x: { label: markup },
              y: { label: markup },
              series: [
                { name: markup, points },
                { name: "b", points },
              ],
            } as never),
          ],
        },
        {
          title: markup,
          blocks: [
            barChart({
              title: markup,
              bars: [
                { label: markup, value: 1 },
                { label: "b", value: 2 },
              ],
            } as never),
          ],
        },
        optionsSection({ [markup]: markup }),
      ],
      footer: markup,
    });
  },
};

const options = defineOptions({
  name: "demo",
  description: "Meets what others wrote.",
  schema: z.object({ server: z.string().default("none") }),
  presets: { only: { description: "all", values: {} } },
  defaultPreset: "only",
});

/** What could steer a terminal, or a reader of a file. Line ends and tabs are harmless. */
const steering = /(?![\n\t])\p{Cc}|\p{Cs}|[\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

it.each(Object.entries(cases))("%s: neither the terminal nor a file gets it", async (name, act) => {
  const out = join(folder, `run-${name.replace(/\W+/g, "-")}`);
  let printed = "";
  const output = { write: (text: string) => (printed += text) };
  const body = async (run: Run) => {
    await run.stage("begun", async () => null); // a folder without a finished stage is taken away again
    await act(run);
  };
  await runApp(options, (_, run) => body(run), {
    argv: ["--out", out, "--server", `${attack}http://me:${password}@host/v1?key=${secret}`],
    output,
    errorOutput: output,
  });
  expect(printed).toContain("demo: preset only");
  expect(printed).not.toMatch(/TypeError|ReferenceError/);
  expect(printed).not.toMatch(steering);
  expect(printed).not.toMatch(secrets);
  for (const entry of readdirSync(out, { recursive: true }).map(String)) {
    if (statSync(join(out, entry)).isDirectory()) continue;
    const bytes = readFileSync(join(out, entry));
    expect(bytes.toString("latin1"), entry).not.toMatch(secrets);
    if (entry.includes("tfevents")) continue; // a binary format
    expect(bytes.toString("utf8"), entry).not.toMatch(steering);
    if (entry.endsWith(".html")) expect(bytes.toString("utf8")).not.toMatch(/<script|<img/);
  }
});

it("covers at least 30 inputs", () => expect(Object.keys(cases).length).toBeGreaterThanOrEqual(30));
