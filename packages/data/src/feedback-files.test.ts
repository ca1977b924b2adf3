import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataError } from "@accord-rl/core";
import { afterAll, describe, expect, it } from "vitest";
import {
  alignVerses,
  alpacaEval,
  haluEval,
  loadArena,
  loadChitchat,
  loadVerses,
  readRecords,
  readRows,
  toPreferences,
} from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};
const user = (content: string) => ({ role: "user" as const, content });
const assistant = (content: string) => ({ role: "assistant" as const, content });

describe("HaluEval", () => {
  it("summaries, replies and answers", async () => {
    const texts = { right_summary: "r", hallucinated_summary: "h" };
    expect(await readRecords(write("s.jsonl", { document: "d", ...texts }), haluEval.summarization)).toEqual([
      { knowledge: "d", conversation: [], right: "r", hallucinated: "h" },
    ]);
    const replies = { right_response: "r", hallucinated_response: "h" };
    const history = "[Human]: Hi [Assistant]: Hello [you] [Human]: Bye ";
    expect(
      await readRecords(
        write("d.jsonl", { knowledge: "k", dialogue_history: history, ...replies }),
        haluEval.dialogue,
      ),
    ).toEqual([
      {
        ...{ knowledge: "k", right: "r", hallucinated: "h" },
        conversation: [user("Hi"), assistant("Hello [you]"), user("Bye")],
      },
    ]);
    const answers = { right_answer: "r", hallucinated_answer: "h" };
    expect(
      await readRecords(write("q.jsonl", { knowledge: "k", question: "q", ...answers }), haluEval.qa),
    ).toEqual([{ knowledge: "k", conversation: [user("q")], right: "r", hallucinated: "h" }]);
  });
});

describe("AlpacaEval", () => {
  const row = { instruction: "i", output_1: "a", output_2: "b", annotator: "gpt4" };
  const rows = [
    { ...row, input: "more", preference: 2 },
    { ...row, preference: 1 },
    { ...row, input: null, preference: 0 },
    { ...row, preference: -1 },
    { ...row, output_2: null, preference: 1 },
  ];

  it("judged pairs, and the preferences among them", async () => {
    const pairs = await readRecords(write("a.json", rows), alpacaEval);
    expect(pairs[0]).toEqual({ prompt: "i\n\nmore", first: "a", second: "b", probability: 0, judge: "gpt4" });
    expect(pairs.map(({ probability }) => probability)).toEqual([0, 1, 0.5, null, 1]);
    expect(toPreferences(pairs)).toEqual([
      { prompt: "i\n\nmore", chosen: "b", rejected: "a" },
      { prompt: "i", chosen: "a", rejected: "b" },
    ]);
  });

  it("refuses other preferences", async () => {
    const reading = readRecords(write("a.json", [{ ...row, preference: 3 }]), alpacaEval);
    await expect(reading).rejects.toThrow('a.json: item 1: "preference": ');
  });
});

describe("LLM Comparator", () => {
  const vote = (score: number, is_flipped = false) => ({ score, is_flipped, rationale: "so" });
  const example = { input_text: "p", output_text_a: "a", output_text_b: "b", tags: ["x"], score: -0.5 };

  it("pairs with their votes, as soft labels", async () => {
    const votes = [vote(-1.5), vote(-0.5, true), vote(0), vote(1)];
    const [pair] = await loadArena(
      write("c.json", { examples: [{ ...example, individual_rater_scores: votes }] }),
    );
    // One vote and a half of four for the first.
    expect(pair).toMatchObject({ prompt: "p", first: "a", second: "b", score: -0.5, probability: 0.375 });
    expect(pair!.votes[1]).toEqual({ score: -0.5, isFlipped: true, rationale: "so" });
    expect(toPreferences([pair!])).toEqual([{ prompt: "p", chosen: "b", rejected: "a", probability: 0.625 }]);
  });

  it.each([
    ["{", "not JSON"],
    ['{"examples":[]}', '"examples": Too small'],
    [{ examples: [{ ...example, input_text: 7 }] }, '"examples.0.input_text": '],
  ])("refuses %j", async (content, message) => {
    const reading = loadArena(write("c.json", content));
    await expect(reading).rejects.toThrow(DataError);
    await expect(reading).rejects.toThrow(message);
  });
});

describe("chitchat", () => {
  const say = (sender: string, ...texts: string[]) => texts.map((text) => ({ sender, text, timestamp: "t" }));
  const messages = [say("x", "Hi", "there"), say("y", "Hello"), say("x", "Bye")];
  const conversation = [user("Hi\nthere"), assistant("Hello"), user("Bye")];

  it("conversations of two, with the ratings that somebody gave", async () => {
    const ratings = { witty: 10, interesting: 5, upbeat: 5 };
    const all = {
      rated: { messages, ratings },
      untouched: { messages, ratings: { witty: 5, interesting: 5, upbeat: 5 } },
      unrated: { messages, ratings: {} },
      alone: { messages: [say("x", "Hello?")] },
    };
    expect(await loadChitchat(write("chat.json", all))).toEqual([
      { conversation, ratings },
      { conversation, ratings: undefined },
      { conversation, ratings: undefined },
    ]);
  });

  it("refuses others", async () => {
    await expect(loadChitchat(write("chat.json", { a: { messages: [7] } }))).rejects.toThrow(
      '"a.messages.0": ',
    );
    await expect(loadChitchat(join(folder, "absent.json"))).rejects.toThrow(DataError);
  });
});

describe("verses", () => {
  const book = (number: number, ...verses: string[]) =>
    `<?xml version="1.0"?>\n<XMLBIBLE>\n<BIBLEBOOK bname="x" bnumber="${number}">\n<CHAPTER cnumber="1">\n${verses
      .map((verse, i) => `<VERS vnumber="${i + 1}">${verse}</VERS>`)
      .join("\n")}\n</CHAPTER></BIBLEBOOK></XMLBIBLE>`;

  it("as text, aligned by book, chapter and verse", async () => {
    const english = [
      write("1.xml", book(1, "And it [was] so &amp; &#8220;good&#8221;. ", "Two.", "Three.")),
      write("2.xml", book(2, "Exodus.")),
    ];
    const german = [
      write("3.xml", book(1, 'Und es <gr>war</gr> so <DIV><NOTE type="x">Anm.</NOTE></DIV>, gut.', "Zwei.")),
    ];
    const [source, target] = [await loadVerses(english), await loadVerses(german)];
    expect([...source.keys()]).toEqual(["1:1:1", "1:1:2", "1:1:3", "2:1:1"]);
    expect(alignVerses(source, target)).toEqual([
      { source: "And it was so & “good”.", target: "Und es war so, gut." },
      { source: "Two.", target: "Zwei." },
    ]);
  });

  it("refuses a file without any", async () => {
    await expect(loadVerses([write("0.xml", "<a/>")])).rejects.toThrow("holds no verse");
    await expect(loadVerses([join(folder, "absent.xml")])).rejects.toThrow(DataError);
  });
});

describe("tables with comments", () => {
  it("leave them out where that is asked for", async () => {
    const path = write("t.csv", "# version=1,,\na,b\n1,x # y\n");
    expect((await readRows(path, { comment: "#" })).map(({ value }) => value)).toEqual([
      { a: "1", b: "x # y" },
    ]);
  });
});
