/**
 * A labeler held against pairs whose better answer is known: which way of reading its choice is right most often, and how
 * far one gets by looking at lengths alone.
 */

import { createCompile, startBackend, stopBackend } from "@accord-rl/backend";
import { cacheAnswers, digitByDigit, openAnswerCache, separateNumbers } from "@accord-rl/feedback";
import { loadTextModel } from "@accord-rl/recipes";
import { formatTable, runApp } from "@accord-rl/runs";
import { type Asked, askAbout, type Judgement, questions } from "./judge-set.ts";
import { drawPairs, lengthOf, type ShownPair } from "./known-pair.ts";
import { options } from "./options.ts";
import { report, terminalRows } from "./report.ts";
import { knownSets, type SetName } from "./sets.ts";
import { summarize } from "./summary.ts";

await runApp(options, async (values, run) => {
  const log = (line: string) => run.note(line);
  const { matmulPrecision } = values;
  const backend = await startBackend({ backend: values.backend, tensorflow: { matmulPrecision }, log });
  log(`backend: ${backend.name} (${backend.description})`);
  const compile = createCompile({ onCall: run.profile?.onCall });

  // The labeler. What it answers is kept: a killed run asks nothing twice.
  const { model, tokenizer, asking, dispose } = await loadTextModel(values.labeler, {
    weights: values.labelerWeights,
    compile,
    log,
  });
  const cache = openAnswerCache(run.path("answers.jsonl"));
  const asked: Asked = {
    model: cacheAnswers({ model, cache, ...asking }),
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

  const pairsOf = async (name: SetName): Promise<readonly ShownPair[]> => {
    const { title, load, isFree } = knownSets[name];
    const all = await load({ log, documentWords: values.documentWords });
    const known = isFree ? all.filter((pair) => lengthOf(pair) <= values.mostWords) : all;
    if (isFree)
      log(`${title}: ${known.length} of ${all.length} pairs have at most ${values.mostWords} words`);
    const count = (name === "summarization" && values.summarizationPairs) || values.pairs;
    return drawPairs(known, { count, name, random: run.random.fork(name) });
  };
  const drawn = new Map<SetName, readonly ShownPair[]>();
  for (const name of values.sets) drawn.set(name, await pairsOf(name));

  // One question after the other, the cheap ones first; summary and report hold all that is known by then.
  for (const { name: question, most } of questions) {
    for (const [set, pairs] of drawn) {
      const some = most === undefined ? pairs : pairs.slice(0, values[most]);
      if (some.length > 0) await askAbout(run, { set, question, pairs: some }, asked);
      await summarizeRun();
    }
  }
  cache.close();
  dispose();

  const summary = await summarizeRun();
  log(formatTable(terminalRows(summary)));
  for (const [reason, count] of Object.entries(summary.abstentions)) log(`no label: ${reason}: ${count}`);
  for (const { of, minus, set, difference, low95, high95 } of summary.comparisons) {
    const points = (share: number) => `${(100 * share).toFixed(1)}`;
    log(
      `${set}: ${of} − ${minus} = ${points(difference)} points (95 %: ${points(low95)} to ${points(high95)})`,
    );
  }
  log(`report: ${run.path("report.html")}`);
});
stopBackend();
