/**
 * Several algorithms on one task, with the same seeds: every run in a process of its own, then a table and a report that
 * say how sure the differences are.
 */
import { AccordError } from "@accord-rl/core";
import { formatTable, type Run, runApp } from "@accord-rl/runs";
import { jobName } from "./job.ts";
import { type Options, options } from "./options.ts";
import { makePlan, type Plan } from "./plan.ts";
import { report } from "./report.ts";
import { readResult } from "./results.ts";
import { runJobs } from "./run-jobs.ts";
import { byAlgorithm, summarize } from "./summary.ts";
import { tableRows } from "./table-rows.ts";
import { tasks } from "./tasks/index.ts";

/** What the finished runs show: summary.json, report.html, and a table. */
const conclude = async (run: Run, values: Options, { algorithms, runs }: Plan): Promise<void> => {
  const { out, resume, ...asked } = values;
  const { task } = values;
  const finished = runs.flatMap((job) => {
    const result = readResult(job);
    return result ? [{ job, result }] : [];
  });
  if (finished.length === 0) return;
  const groups = byAlgorithm(algorithms, finished);
  const random = run.random.fork("bootstrap");
  const summary = summarize(task, groups, random);
  await run.writeSummary(summary);
  await report(run, { task: tasks[task], summary, groups, planned: runs.length, random, options: asked });
  run.note(formatTable(tableRows(summary, groups, random)));
  run.note(`report: ${run.path("report.html")}`);
};

/** Refuses what can't be compared before there is a folder. */
const parse: typeof options.parse = async (argv) => {
  const values = await options.parse(argv);
  if (values !== null) makePlan(values);
  return values;
};

await runApp({ ...options, parse }, async (values, run) => {
  const plan = makePlan(values);
  const { task, jobs: atOnce } = values;
  run.note(
    `${task}: ${plan.algorithms.join(", ")}; ${plan.runs.length} runs, ${Math.min(atOnce, plan.runs.length)} at a time`,
  );
  await run.stage("runs", async (stage) => {
    const failures = await runJobs([...plan.preparations, ...plan.runs], { run, stage, atOnce });
    if (failures.length === 0) return;
    await conclude(run, values, plan);
    const names = failures.map(({ job }) => jobName(job)).join(", ");
    throw new AccordError(
      `${failures.length} of ${plan.preparations.length + plan.runs.length} runs failed (${names}); --resume runs them again, and the others stay`,
    );
  });
  await conclude(run, values, plan);
});
