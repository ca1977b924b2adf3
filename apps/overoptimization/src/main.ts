/**
 * Over-optimization where everything is known: gold rewards of small languages, proxies that learn from labels, and policies
 * that optimise them further and further. Five claims of the literature are checked, and monitors are judged by it.
 */
import { startBackend, stopBackend } from "@accord-rl/backend";
import { calibrateMonitors, type MonitorCalibration } from "@accord-rl/evaluation";
import { formatTable, type Run, runApp } from "@accord-rl/runs";
import { type Options, options } from "./options.ts";
import { parse } from "./parse.ts";
import { claimRows, proxyRows, report } from "./report.ts";
import { openWorld, type ProxyStudy, studyWorld } from "./study.ts";
import { summarize } from "./summary.ts";
import { type TrainedPoint, trainAll } from "./train.ts";
import { signals, simulateRun, type WatchedRow, watchRun } from "./watch.ts";
import { fitProxy } from "./world.ts";

/** The exact part: one world after the other. */
const study = (run: Run, values: Options) =>
  run.stage("worlds", (stage) =>
    stage.loop({
      steps: values.worlds,
      every: 1,
      show: ["gold at the peak", "accuracy"],
      body: (index) => {
        const rows = studyWorld(index, values, run.random.fork(`world ${index}`));
        stage.samples(rows);
        const { peak, accuracy } = rows[0]!;
        return { "gold at the peak": peak.gold, accuracy };
      },
    }),
  );

/** The same worlds by PPO and best of n. */
const train = (run: Run, values: Options) =>
  run.stage("training", (stage) =>
    stage.loop({
      steps: Math.min(values.trainedWorlds, values.worlds),
      every: 1,
      body: async (index, { random }) => {
        const { world, pairs } = openWorld(run.random.fork(`world ${index}`), values.ensembleLabels);
        const task = { world, proxy: fitProxy(world, pairs), options: values, random };
        const points = await trainAll(index, task);
        stage.samples(points);
        return { gold: points.at(-1)!.gold };
      },
    }),
  );

/** Limits from clean runs, and how often they are passed in others, clean and not. */
const watch = (run: Run, values: Options) =>
  run.stage("monitors", async (stage) => {
    const { falseAlarmRate, monitoredRuns } = values;
    const simulate = (name: string, isClean: boolean) =>
      simulateRun(values, { isClean, random: run.random.fork(name) });
    // The fifth highest of a half is the limit, rather than the highest: nearer to the rate that is asked for.
    const count = 2 * (Math.ceil(5 / falseAlarmRate) - 1);
    const clean = Array.from({ length: count }, (_, i) => simulate(`calibration ${i}`, true).observations);
    const { thresholds }: MonitorCalibration = calibrateMonitors(clean, { signals, falseAlarmRate });
    await stage.loop({
      steps: 2 * monitoredRuns,
      every: 50,
      body: (index) => {
        const isClean = index % 2 === 0;
        const row = watchRun(index, simulate(`watched ${index}`, isClean), { isClean, thresholds });
        stage.samples([row]);
        return { alarms: row.alarms.length };
      },
    });
  });

await runApp({ ...options, parse }, async (values, run) => {
  const backend = await startBackend({ backend: values.backend, log: (line) => run.note(line) });
  await study(run, values);
  if (values.trainedWorlds > 0) await train(run, values);
  if (values.monitoredRuns > 0) await watch(run, values);

  const rows = run.samples();
  const of = <Row>(kind: string): readonly Row[] =>
    rows.filter((row) => row.kind === kind) as unknown as readonly Row[];
  const studies = { sweeps: of<ProxyStudy>("sweep"), trained: of<TrainedPoint>("trained") };
  const random = run.random.fork("intervals");
  const summary = summarize(studies, of<WatchedRow>("watched"), {
    options: values,
    backend: backend.name,
    random,
  });
  await run.writeSummary(summary);
  await report(run, { summary, studies, options: values, random });
  run.note(formatTable(proxyRows(summary, values)));
  run.note(formatTable(claimRows(summary).map(({ "what is measured": _, ...row }) => row)));
  if (summary.monitors) {
    const { falseAlarmRate, detectionRate, asked } = summary.monitors;
    const show = ({ mean, low95, high95 }: typeof falseAlarmRate) =>
      `${(100 * mean).toFixed(1)} % (${(100 * low95).toFixed(1)} to ${(100 * high95).toFixed(1)})`;
    run.note(
      `monitors: ${show(falseAlarmRate)} false alarms, asked for ${100 * asked} %; ${show(detectionRate)} found`,
    );
  }
  run.note(`report: ${run.path("report.html")}`);
});
stopBackend();
