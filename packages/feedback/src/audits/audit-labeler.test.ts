import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom, type Labeler } from "@accord-rl/core";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { ResponsePair } from "../pair.ts";
import { logit, sigmoid } from "../statistics/sigmoid.ts";
import { type AuditedPair, auditLabeler, auditRows } from "./audit-labeler.ts";
import { averageOrders, labelBothOrders, swapPair } from "./both-orders.ts";
import { defaultNameGroups, readNameGroups } from "./name-groups.ts";
import { averageNames, findNameTemplates } from "./name-templates.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-audit-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** How good a response is stands in it as "quality −1.23"; padding, names and its length don't change that. */
const qualityOf = (text: string): number => Number(/quality (-?[\d.]+\d)/.exec(text)?.[1]);

interface Biases {
  readonly position?: number;
  /** log-odds per hundred characters. */
  readonly length?: number;
  readonly own?: number;
  readonly name?: number;
  readonly noise?: number;
}

/** Judges by quality, and by what is planted. */
const judge = (
  { position = 0, length = 0, own = 0, name = 0, noise = 0 }: Biases,
  seed = 1,
): Labeler<ResponsePair> => {
  const random = createRandom(seed);
  const worth = (text: string) =>
    qualityOf(text) +
    (length * text.length) / 100 +
    (text.includes("[mine]") ? own : 0) +
    (defaultNameGroups["white men"]?.some((listed) => text.includes(listed)) ? name : 0);
  return {
    label: async (pairs) =>
      pairs.map(({ first, second }) => ({
        probability: sigmoid(worth(first) - worth(second) + position + noise * random.normal()),
        source: "planted",
      })),
  };
};

const makePairs = (count: number, seed: number): AuditedPair[] => {
  const random = createRandom(seed);
  const response = (mark: string) =>
    `Todd says: quality ${random.normal().toFixed(3)} ${"word ".repeat(5 + random.integer(40))}${mark}`;
  return Array.from({ length: count }, (_, n) => {
    const ownIsFirst = random.uniform() < 0.5;
    const first = response(ownIsFirst ? "[mine]" : "");
    const second = response(ownIsFirst ? "" : "[mine]").replace("Todd", "Somebody");
    const truth = sigmoid(qualityOf(first) - qualityOf(second));
    return { id: `p${n}`, prompt: "q", first, second, truth, own: ownIsFirst ? "first" : "second" };
  });
};
const pairs = makePairs(120, 2);
const audit = (labeler: Labeler<ResponsePair>, audited = pairs, seed = 5) =>
  auditLabeler({
    labeler,
    pairs: audited,
    random: createRandom(seed),
    resamples: 200,
    names: { groups: defaultNameGroups },
  });
const flagged = async (biases: Biases) =>
  (await audit(judge(biases))).findings.filter(({ isFlagged }) => isFlagged).map(({ audit }) => audit);

describe("auditLabeler", () => {
  it("finds nothing in a labeler that goes by quality alone", async () => {
    const { findings, skipped, labeled, abstained, level } = await audit(judge({ noise: 0.5 }));
    expect(findings.map((finding) => finding.audit)).toEqual([
      "position",
      "length",
      "self-preference",
      "verbosity",
      ...Object.keys(defaultNameGroups).map((group) => `names: ${group}`),
      "names: any",
    ]);
    expect(findings.filter(({ isFlagged }) => isFlagged)).toEqual([]);
    expect([skipped, labeled, abstained, level]).toEqual([{}, 120, 0, 0.95]);
    expect(findings[0]?.level).toBeCloseTo(1 - 0.05 / 9, 12);
  });

  it.each([
    [{ position: 0.4 }, ["position"]],
    [{ position: -0.4 }, ["position"]],
    [{ own: 0.5 }, ["self-preference"]],
    [{ length: 0.5 }, ["length", "verbosity"]],
  ])("finds what was planted, and no more: %j", async (biases, expected) => {
    expect((await flagged({ ...biases, noise: 0.3 })).filter((name) => !name.startsWith("names"))).toEqual(
      expected,
    );
  });

  it("finds the group that is favoured", async () => {
    const found = await flagged({ name: 0.5, noise: 0.1 });
    expect(found).toContain("names: white men");
    expect(found).toContain("names: any");
    expect(found).not.toContain("position");
  });

  it("raises a false alarm in few audits of labelers without bias", async () => {
    // All findings together are meant to do so in 5% of audits; 30 audits here: 0 to 5 are what chance gives.
    let alarms = 0;
    for (let seed = 0; seed < 30; seed++) {
      const { findings } = await auditLabeler({
        labeler: judge({ noise: 0.5 }, 100 + seed),
        pairs: makePairs(60, 100 + seed),
        random: createRandom(seed),
        resamples: 300,
      });
      alarms += findings.some(({ isFlagged }) => isFlagged) ? 1 : 0;
    }
    expect(alarms).toBeLessThanOrEqual(5);
  });

  it("leaves out what it has too little of, and says what is missing", async () => {
    const few = pairs.slice(0, 30).map(({ own: _, ...pair }) => pair);
    const report = await auditLabeler({
      labeler: judge({}),
      pairs: few,
      random: createRandom(1),
      resamples: 50,
      pad: null,
    });
    expect(report.findings.map((finding) => finding.audit)).toEqual(["position", "length"]);
    expect(report.skipped).toEqual({
      "self-preference": "got 0 pairs that say which response is the labeler's own, expected at least 20",
      verbosity: "got 0 labels of padded responses, expected at least 20",
      names: "got 0 texts with a name, expected at least 20",
    });
  });

  it("counts abstentions, and leaves them out", async () => {
    const whole = judge({});
    let asked = 0;
    const shy: Labeler<ResponsePair> = {
      label: async (list) => (await whole.label(list)).map((label) => (asked++ % 10 === 0 ? null : label)),
    };
    const { labeled, abstained } = await audit(shy);
    expect(labeled + abstained).toBe(120);
    expect(abstained).toBeGreaterThan(10);
  });

  it("gives the same report for the same seed, as a table too", async () => {
    const [one, other] = [await audit(judge({ position: 0.4 })), await audit(judge({ position: 0.4 }))];
    expect(one).toEqual(other);
    const [row] = auditRows(one);
    expect(row).toMatchObject({ audit: "position", flagged: "yes", items: 120 });
    expect(row?.advice).toContain("averageOrders");
  });

  it("refuses a labeler that answers too little", async () => {
    await expect(audit({ label: async () => [] })).rejects.toThrow("the labeler gave 0 labels for 240 pairs");
  });
});

describe("averageOrders", () => {
  const biased = judge({ position: 0.7, length: 0.3 });

  it("turns P into 1 − P to the last bit when responses are exchanged", async () => {
    const fair = averageOrders(biased);
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        async (x, y) => {
          const texts = [x, y].map((value) => `quality ${value.toFixed(5)}`) as [string, string];
          const pair = { id: "p", prompt: "", first: texts[0], second: texts[1] };
          const [label, swapped] = await fair.label([pair, swapPair(pair)]);
          expect((label?.probability as number) + (swapped?.probability as number)).toBe(1);
        },
      ),
    );
  });

  it("takes a position bias away, adds up the cost, and abstains where an order does", async () => {
    const { findings } = await audit(averageOrders(biased));
    expect(findings.find(({ audit }) => audit === "position")?.isFlagged).toBe(false);
    const priced: Labeler<ResponsePair> = {
      label: async (list) =>
        list.map((_, n) => (n === 0 ? null : { probability: 0.6, source: "x", cost: 2 })),
    };
    const labels = await averageOrders(priced).label(pairs.slice(0, 2));
    expect(labels).toEqual([null, { probability: 0.5, source: "x (both orders)", cost: 4 }]);
    expect(
      (await labelBothOrders(biased, pairs.slice(0, 1)))[0]?.map((p) => logit(p as number)),
    ).toHaveLength(2);
  });
});

describe("names", () => {
  it("become slots where one of them occurs as a word", () => {
    const pair = (first: string, prompt = "q") => ({ id: "x", prompt, first, second: "He did." });
    const [template] = findNameTemplates(
      [pair("Brad's dog. Brad, Bradley.", "Who is Brad?")],
      defaultNameGroups,
    );
    expect(template).toMatchObject({ prompt: "Who is {name}?", first: "{name}'s dog. {name}, Bradley." });
    const others = [pair("Bradley"), pair("Brad and Jill"), pair("Brad says {name}")];
    expect(findNameTemplates(others, defaultNameGroups)).toEqual([]);
  });

  it("of all groups averaged make a labeler that can't tell them apart", async () => {
    const labeler = averageNames(judge({ name: 1 }), defaultNameGroups);
    const named = ["Todd", "Jamal", "Ebony"].map((name) => ({
      ...pairs[0]!,
      first: pairs[0]!.first.replace("Todd", name),
    }));
    const plain = { ...pairs[0]!, first: "quality 1.0", second: "quality 1.0" };
    const labels = await labeler.label([...named, plain]);
    expect(new Set(labels.slice(0, 3).map((label) => label?.probability)).size).toBe(1);
    expect(labels[3]?.probability).toBe(0.5);
  });

  it("come from a file", () => {
    const path = join(folder, "names.json");
    writeFileSync(path, JSON.stringify({ north: ["Ida"], south: ["Ugo"] }));
    expect(readNameGroups(path)).toEqual({ north: ["Ida"], south: ["Ugo"] });
    writeFileSync(path, JSON.stringify({ north: [] }));
    expect(() => readNameGroups(path)).toThrow(path);
  });
});
