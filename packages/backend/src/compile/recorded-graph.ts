import { InvalidArgumentError } from "@accord-rl/core";
import type * as tf from "@tensorflow/tfjs-core";
import type { TensorMetadata } from "../native/accord-binding.ts";
import { disposeFeeds, tensorsOf } from "./graph-builder.ts";
import { canUseXla, loadGraph } from "./load-graph.ts";
import type { NativeBackend } from "./native-backend.ts";
import { rangeNodes } from "./range-checks.ts";
import type { Recording } from "./recorder.ts";
import { chooseFaster, type XlaChoice } from "./xla-choice.ts";

/** A recorded function, ready to be called with inputs of its shapes. */
export interface RecordedGraph {
  run(inputs: readonly tf.Tensor[]): Record<string, tf.Tensor>;
  release(): void;
}

/** XLA takes the nearest element where an index is out of range; the graph has to say so itself. */
const checkRanges = (
  { binding }: NativeBackend,
  name: string,
  { checks }: Recording,
  outputs: TensorMetadata[],
): void => {
  const flags = outputs.pop()!;
  const wrong = Array.from(binding.tensorDataSync(flags.id)).findIndex((isInRange) => !isInRange);
  binding.deleteTensor(flags.id);
  if (wrong < 0) return;
  for (const { id } of outputs) binding.deleteTensor(id);
  const { op, limits } = checks[wrong]!;
  throw new InvalidArgumentError({
    argument: "inputs",
    value: op,
    message: `compile: ${name}: an index that ${op} reads is outside [0, ${limits}); look at the ids that were passed in`,
  });
};

/** Gives a recording to TensorFlow. */
export const loadRecording = (
  backend: NativeBackend,
  name: string,
  recording: Recording,
  { resultNames, xla }: { readonly resultNames: readonly string[]; readonly xla: XlaChoice },
): RecordedGraph => {
  const { feeds, inputs, outputs, assigned, checks, nodes, functions } = recording;
  const description = { name, nodes, inputs, outputs, functions };
  const plain = () => loadGraph(backend, description, { useXla: false });
  const withXla = () => {
    if (checks.length === 0) return loadGraph(backend, description, { useXla: true });
    const checked = {
      ...description,
      nodes: [...nodes, ...rangeNodes(checks)],
      outputs: [...outputs, "ranges"],
    };
    const { call, release } = loadGraph(backend, checked, { useXla: true });
    const callChecked = (ids: number[]) => {
      const results = call(ids);
      checkRanges(backend, name, recording, results);
      return results;
    };
    return { call: callChecked, release };
  };
  const graph = chooseFaster(canUseXla(backend) ? xla : false, plain, withXla);
  return {
    run: (given) => {
      const ids = backend.getInputTensorIds(tensorsOf(feeds, given));
      const results = graph.call(ids).map((metadata) => backend.createOutputTensor(metadata));
      assigned.forEach((variable, i) => {
        const value = results[resultNames.length + i]!;
        variable.assign(value);
        value.dispose();
      });
      return Object.fromEntries(resultNames.map((result, i) => [result, results[i]!]));
    },
    release: () => {
      graph.release();
      disposeFeeds(feeds);
    },
  };
};
