import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "@accord-rl/core";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { accordFormat } from "../human/formats/accord.ts";
import type { PairJudgement } from "../human/judgement.ts";
import { readJudgements } from "../human/judgement-files.ts";
import { openLabelFile } from "./label-file.ts";
import { readPairs } from "./pairs-file.ts";
import { createSession, type Session } from "./session.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-session-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "labels.jsonl");
beforeEach(() => rmSync(path, { force: true }));

const pairs = Array.from({ length: 40 }, (_, n) => ({
  id: `p${n}`,
  prompt: "q",
  first: `a${n}`,
  second: `b${n}`,
}));

/** Opens, does something, closes. */
const withSession = (worker: string, act: (session: Session) => void, seed = 0): void => {
  const file = openLabelFile(path, worker);
  try {
    act(createSession({ pairs, file, worker, random: createRandom(seed), now: () => 0 }));
  } finally {
    file.close();
  }
};
const labels = () => readJudgements(path, accordFormat) as PairJudgement[];

describe("createSession", () => {
  it("records what was meant, whichever stood first", () => {
    withSession("ann", (session) => {
      while (session.question) session.answer(session.question.shown[0].startsWith("a") ? "upper" : "lower");
    });
    expect(labels().map(({ id }) => id)).toEqual(pairs.map(({ id }) => id));
    expect(
      labels().every(({ choice, responses }) => choice === "first" && responses[0].startsWith("a")),
    ).toBe(true);
    const swapped = labels().filter(({ isSwapped }) => isSwapped).length;
    expect(swapped).toBeGreaterThan(10);
    expect(swapped).toBeLessThan(30);
  });

  it("shows the same order again after a break, and another one to another worker", () => {
    const orders = (worker: string, seed = 0) => {
      const seen: string[] = [];
      withSession(
        worker,
        (session) => {
          for (; session.question; session.answer("skip")) seen.push(session.question.shown[0]);
        },
        seed,
      );
      return seen;
    };
    expect(orders("ann")).toEqual(orders("ann"));
    expect(orders("ann")).not.toEqual(orders("ben"));
    expect(orders("ann")).not.toEqual(orders("ann", 1));
  });

  it("goes on where it stopped, and asks skipped pairs again", () => {
    withSession("ann", (session) => {
      for (const answer of ["upper", "skip", "tie"] as const) session.answer(answer);
      expect([session.labeled, session.skipped]).toEqual([2, 1]);
    });
    withSession("ann", (session) => {
      expect(session.question?.pair.id).toBe("p1");
      session.answer("lower");
      expect(session.question?.pair.id).toBe("p3");
    });
    withSession("ben", (session) => expect(session.question?.pair.id).toBe("p0"));
  });

  it("takes back answers and skips, of this session and the one before, but of no one else", () => {
    withSession("ben", (session) => session.answer("upper"));
    withSession("ann", (session) => session.answer("tie"));
    withSession("ann", (session) => {
      session.answer("upper");
      session.answer("skip");
      expect(session.answer("undo")).toBeUndefined();
      expect(session.question?.pair.id).toBe("p2");
      session.answer("undo");
      expect(session.question?.pair.id).toBe("p1");
      session.answer("undo");
      expect(session.question?.pair.id).toBe("p0");
      expect(session.answer("undo")).toBe("There is nothing to undo.");
      expect(session.labeled).toBe(0);
    });
    expect(labels().map(({ worker }) => worker)).toEqual(["ben"]);
  });

  it("can take the last answer back when nothing is left", () => {
    withSession("ann", (session) => {
      while (session.labeled < session.total) session.answer("tie");
      expect(session.answer("upper")).toBe("Nothing is left to answer.");
      session.answer("undo");
      expect(session.question?.pair.id).toBe("p39");
    });
    expect(labels()).toHaveLength(39);
  });
});

describe("openLabelFile", () => {
  const good = `${JSON.stringify({ id: "ä", responses: ["x", "y"], choice: "tie", worker: "ann" })}\n`;

  it("removes a torn last line, keeps a whole one that lacks its end, and says which", () => {
    writeFileSync(path, `${good}${good.slice(0, 20)}`);
    const torn = openLabelFile(path, "ann");
    expect(torn.torn).toBe(good.slice(0, 20));
    torn.close();
    expect(readFileSync(path, "utf8")).toBe(good);
    writeFileSync(path, `${good}${good.trimEnd()}`);
    const whole = openLabelFile(path, "ann");
    expect([whole.torn, whole.judgements.length]).toEqual([undefined, 2]);
    whole.undo();
    whole.close();
    expect(readFileSync(path, "utf8")).toBe(good);
  });

  it("names a malformed line, and gives the file free again", () => {
    writeFileSync(path, `${good}\nnonsense\n${good}`);
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(() => openLabelFile(path, "ann")).toThrow(`${path}:3: not JSON`);
    }
  });

  it("is held by one at a time", () => {
    const file = openLabelFile(path, "ann");
    expect(() => openLabelFile(path, "ben")).toThrow(
      /process \d+ .* is writing .*labels\.jsonl; wait for it/,
    );
    file.close();
    openLabelFile(path, "ben").close();
  });
});

describe("readPairs", () => {
  const read = (...rows: unknown[]) => {
    const file = join(folder, "pairs.jsonl");
    writeFileSync(file, rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n"));
    return readPairs(file);
  };

  it("takes pairs in all their forms, each once", () => {
    const turn = "\n\nHuman: q\n\nAssistant:";
    const row = { prompt: "q", responses: ["x", "y"] };
    const found = read(
      row,
      { id: "2", first: "x", second: "y" },
      { prompt: "q", chosen: "x", rejected: "z" },
      { chosen: `${turn} x`, rejected: `${turn} y` },
      row,
    );
    expect(found).toMatchObject([
      { prompt: "q", first: "x", second: "y" },
      { id: "2", prompt: "", first: "x", second: "y" },
      { prompt: "q", first: "x", second: "z" },
      { prompt: turn, first: " x", second: " y" },
    ]);
  });

  it.each([
    ["no pair", [{ text: "x" }], ":1: is no pair"],
    ["one response", [{ responses: ["x"] }], ':1: "responses"'],
    [
      "one id for two",
      [
        { id: "1", first: "x", second: "y" },
        { id: "1", first: "x", second: "z" },
      ],
      ':2: the id "1"',
    ],
    ["nothing", [""], "is empty"],
  ])("names the line: %s", (_, rows, reason) => {
    expect(() => read(...rows)).toThrow(reason);
  });
});
