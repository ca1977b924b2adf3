/**
 * A labeler held against pairs whose better answer is known: which way of reading its choice is right most often, and how
 * far one gets by looking at lengths alone.
 */
import { loadTextModel } from "@accord-rl/app-rlaif";
import { createCompile, startBackend } from "@accord-rl/backend";
import { cacheAnswers, digitByDigit, openAnswerCache, separateNumbers } from "@accord-rl/feedback";
import { formatTable, runApp } from "@accord-rl/runs";
import { type Asked, askAbout, type Judgement, type Question } from "./judge-set.ts";
import { drawPairs, lengthOf } from "./known-pair.ts";
import { options } from "./options.ts";
import { report, terminalRows } from "./report.ts";
import { knownSets } from "./sets.ts";
import { summarize } from "./summary.ts";

await runApp(options, async (values, run) => {
  const log = (line: string) => run.note(line);
  const backend = await startBackend({ backend: values.backend, log });
  log(`backend: ${backend.name} (${backend.description})`);
  const compile = createCompile({ onCall: run.profile?.onCall });

  // The labeler. What it answers is kept: a killed run asks nothing twice.
  const { model, tokenizer, dispose } = await loadTextModel(values.labeler, { compile, log });
  const cache = openAnswerCache(run.path("answers.jsonl"));
  const isLocal = tokenizer !== undefined;
  const asked: Asked = {
    model: cacheAnswers({ model, cache, ...(isLocal ? { batchSize: 8, concurrency: 1 } : {}) }),
    probabilities: tokenizer && tokenizer.encode("10").length > 1 ? digitByDigit : separateNumbers,
    values,
  };

  /** Of all that was judged so far. */
  const summarizeRun = async () => {
    const judgements = run.samples() as unknown as readonly Judgement[];
    const summary = summarize(judgements, {
      backend: backend.name,
      values,
      random: run.random.fork("intervals"),
      seconds: run.seconds(),
    });
    await run.writeSummary(summary);
    await report(run, { summary, judgements, values });
    return summary;
  };

  // Set by set; after each one summary and report hold all that is known.
  for (const name of values.sets) {
    const set = knownSets[name];
    const all = await set.load({ log, documentWords: values.documentWords });
    const isFree = name === "alpaca" || name === "arena";
    const known = isFree ? all.filter((pair) => lengthOf(pair) <= values.mostWords) : all;
    if (known.length < all.length) {
      log(`${set.title}: ${known.length} of ${all.length} pairs have at most ${values.mostWords} words`);
    }
    const count = (name === "summarization" && values.summarizationPairs) || values.pairs;
    const pairs = drawPairs(known, { count, name, random: run.random.fork(name) });
    const few = pairs.slice(0, values.thinkingPairs);
    const questions: readonly (readonly [Question, typeof pairs])[] = [
      ["choice", pairs],
      ["score", pairs],
      ["written", few],
      ["thinking", few],
    ];
    for (const [question, some] of questions) {
      if (some.length > 0) await askAbout(run, { set: name, question, pairs: some }, asked);
    }
    const summary = await summarizeRun();
    log(formatTable(terminalRows(summary).filter((row) => row.set === set.title)));
  }
  cache.close();
  dispose();

  const summary = await summarizeRun();
  log(formatTable(terminalRows(summary)));
  for (const { of, minus, set, difference, low95, high95 } of summary.comparisons) {
    const points = (share: number) => `${(100 * share).toFixed(1)}`;
    log(
      `${set}: ${of} − ${minus} = ${points(difference)} points (95 %: ${points(low95)} to ${points(high95)})`,
    );
  }
  log(`report: ${run.path("report.html")}`);
});
