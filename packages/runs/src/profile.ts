/** One call of a compiled function, as `createCompile({ onCall })` reports it. */
export interface ProfiledCall {
  readonly name: string;
  /** "trace" records the function, "run" runs what was recorded. */
  readonly kind: "trace" | "run";
  /** By `performance.now()`. */
  readonly startMs: number;
  readonly durationMs: number;
}

/** Where the time of one function in one stage went. */
export interface ProfileRow {
  /** Empty outside all stages. */
  readonly stage: string;
  readonly function: string;
  readonly calls: number;
  readonly seconds: number;
  readonly meanMs: number;
  /** Of the whole time, 0 to 1. */
  readonly share: number;
}

type Kind = "stage" | "step" | ProfiledCall["kind"];

/** An event of Chrome's trace format: "X" has a duration, "M" names a row. Times are in microseconds. */
export type TraceEvent =
  | {
      readonly ph: "X";
      readonly name: string;
      readonly cat: Kind;
      readonly ts: number;
      readonly dur: number;
      readonly pid: number;
      readonly tid: number;
    }
  | {
      readonly ph: "M";
      readonly name: "thread_name";
      readonly pid: number;
      readonly tid: number;
      readonly args: { readonly name: string };
    };

/** Collects where time goes: stages, their steps, and calls of compiled functions. */
export interface Profile {
  /** For `createCompile`. */
  readonly onCall: (call: ProfiledCall) => void;
  /** @returns what is to be called at the end. */
  beginStage(name: string): () => void;
  beginStep(name: string): () => void;
  /** For chrome://tracing or ui.perfetto.dev. */
  trace(): { readonly traceEvents: readonly TraceEvent[]; readonly displayTimeUnit: "ms" };
  /** Longest first within each stage. The shares add up to 1: what no function explains has rows of its own. */
  table(): ProfileRow[];
}

/** Rows of the trace, top to bottom. */
const threads = { stage: 1, step: 2, call: 3 } as const;
const threadOf = (kind: Kind): number => (kind === "stage" || kind === "step" ? threads[kind] : threads.call);

/** Events that a trace holds: a viewer takes no more. Totals go on counting. */
const largestTrace = 500_000;

export const restName = "everything else";

/** @param now  milliseconds; by default those of `performance.now()`, which calls have too. */
export const createProfile = (now: () => number = () => performance.now()): Profile => {
  const origin = now();
  const events: TraceEvent[] = Object.entries(threads).map(([name, tid]) => ({
    ph: "M",
    name: "thread_name",
    pid: 1,
    tid,
    args: { name: name === "call" ? "compiled calls" : `${name}s` },
  }));
  const stages = new Map<
    string,
    { ms: number; readonly functions: Map<string, { calls: number; ms: number }> }
  >();
  let current: { readonly name: string; readonly startMs: number } | undefined;

  const add = (cat: Kind, name: string, startMs: number, durationMs: number): void => {
    if (events.length >= largestTrace) return;
    const [ts, dur] = [1000 * (startMs - origin), 1000 * durationMs];
    events.push({ ph: "X", name, cat, ts, dur, pid: 1, tid: threadOf(cat) });
  };
  const stageNamed = (name: string) => {
    const stage = stages.get(name) ?? { ms: 0, functions: new Map() };
    stages.set(name, stage);
    return stage;
  };
  const onCall = ({ name, kind, startMs, durationMs }: ProfiledCall): void => {
    const label = kind === "trace" ? `${name} (recording)` : name;
    add(kind, label, startMs, durationMs);
    const { functions } = stageNamed(current?.name ?? "");
    const entry = functions.get(label) ?? { calls: 0, ms: 0 };
    functions.set(label, { calls: entry.calls + 1, ms: entry.ms + durationMs });
  };
  const beginStage = (name: string) => {
    const began = { name, startMs: now() };
    current = began;
    return () => {
      if (current !== began) return;
      const durationMs = now() - began.startMs;
      add("stage", name, began.startMs, durationMs);
      stageNamed(name).ms += durationMs;
      current = undefined;
    };
  };
  const beginStep = (name: string) => {
    const startMs = now();
    return () => add("step", name, startMs, now() - startMs);
  };

  const table = (): ProfileRow[] => {
    const end = now();
    const whole = Math.max(end - origin, Number.MIN_VALUE);
    const length = (name: string, ms: number) => ms + (current?.name === name ? end - current.startMs : 0);
    const names = new Set([...stages.keys(), ...(current ? [current.name] : []), ""]);
    const inStages = [...names].reduce(
      (sum, name) => sum + (name === "" ? 0 : length(name, stages.get(name)?.ms ?? 0)),
      0,
    );
    return [...names].flatMap((name) => {
      const stage = stages.get(name);
      const total = name === "" ? whole - inStages : length(name, stage?.ms ?? 0);
      const functions = [...(stage?.functions ?? [])].sort(([, a], [, b]) => b.ms - a.ms);
      const explained = functions.reduce((sum, [, { ms }]) => sum + ms, 0);
      const rest = { calls: 1, ms: total - explained };
      return [...functions, [restName, rest] as const].map(([label, { calls, ms }]) => ({
        stage: name,
        function: label,
        calls,
        seconds: ms / 1000,
        meanMs: ms / calls,
        share: ms / whole,
      }));
    });
  };

  return {
    onCall,
    beginStage,
    beginStep,
    table,
    trace: () => ({ traceEvents: [...events], displayTimeUnit: "ms" }),
  };
};
