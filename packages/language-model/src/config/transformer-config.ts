import type { RopeScaling } from "./rope-scaling.ts";

/** The shape of a model, and which parts it is made of. What is left out is as Llama has it. */
export interface TransformerConfig {
  /** V. */
  readonly vocabularySize: number;
  /** D. */
  readonly width: number;
  /** F: width of the feed-forward part. */
  readonly hiddenWidth: number;
  readonly layers: number;
  /** H: query heads. */
  readonly heads: number;
  /** KV: key and value heads, each shared by H / KV query heads. */
  readonly keyValueHeads: number;
  /** Most tokens, prompt and response together. */
  readonly contextLength: number;
  /** Base of the rotary frequencies; means nothing with learned positions. */
  readonly ropeTheta: number;
  /** Which two numbers of a head turn together: 2i and 2i + 1 (llama2.c), or i and i + size / 2 (Hugging Face). */
  readonly ropeLayout: "interleaved" | "half";
  /** ε of the norms. */
  readonly normEpsilon: number;
  /** The output layer is the embedding. */
  readonly tiedOutput: boolean;
  /** Numbers per head. Default D / H. */
  readonly headSize?: number;
  /** Root mean square, or LayerNorm with a bias (GPT-2). Default "rms". */
  readonly norm?: "rms" | "layer";
  /** Attention and feed-forward are normalised also before they are added to the stream (Gemma). Default false. */
  readonly outputNorms?: boolean;
  /** Queries and keys are normalised, head by head, before they turn (Qwen3, Gemma). Default false. */
  readonly queryKeyNorm?: boolean;
  /** Default false. */
  readonly queryKeyValueBias?: boolean;
  /** Default false. */
  readonly attentionOutputBias?: boolean;
  /** Default false. */
  readonly feedForwardBias?: boolean;
  /** silu(gate) · up, gelu(gate) · up, or gelu(up) without a gate. Default "swiglu". */
  readonly feedForward?: "swiglu" | "geglu" | "gelu";
  /** How gelu is computed: by tanh, as x · Φ(x), or as x · σ(1.702 x). Default "tanh". */
  readonly gelu?: "tanh" | "exact" | "quick";
  /** Queries and keys turn, or a vector per position is added to the embedding (GPT-2). Default "rotary". */
  readonly positions?: "rotary" | "learned";
  /** How the rotary frequencies are stretched to longer texts. Default: not at all. */
  readonly ropeScaling?: RopeScaling;
  /** What the scores are multiplied by. Default 1 / √(head size). */
  readonly scoreScale?: number;
  /** What embedded tokens are multiplied by (Gemma: √D). Default 1. */
  readonly embeddingScale?: number;
  /** Layers that look back a limited way. Default: none. */
  readonly sliding?: SlidingLayers;
}

export interface SlidingLayers {
  /** Which, counted from 0. */
  readonly layers: readonly number[];
  /** Tokens that they see, the latest included. */
  readonly window: number;
  /** Base of their rotary frequencies. */
  readonly ropeTheta: number;
  /** How those are stretched. Default: not at all. */
  readonly ropeScaling?: RopeScaling;
}

/** Numbers that follow from a configuration. */
export const headSizes = ({
  width,
  heads,
  keyValueHeads,
  headSize = width / heads,
}: Pick<TransformerConfig, "width" | "heads" | "keyValueHeads" | "headSize">) => ({
  /** Numbers per head. */
  headSize,
  /** Query heads that share one key and value head. */
  groupSize: heads / keyValueHeads,
  /** Columns of the queries, and of what attention gives. */
  queryWidth: headSize * heads,
  /** Columns of the queries and keys, which rotate. */
  rotatedWidth: headSize * (heads + keyValueHeads),
  /** Columns of the values, which don't. */
  valueWidth: headSize * keyValueHeads,
});

/** What a configuration means where it says nothing; undefined: nothing of the kind. */
const defaultsOf = (config: TransformerConfig) => ({
  headSize: config.width / config.heads,
  norm: "rms",
  outputNorms: false,
  queryKeyNorm: false,
  queryKeyValueBias: false,
  attentionOutputBias: false,
  feedForwardBias: false,
  feedForward: "swiglu",
  gelu: "tanh",
  positions: "rotary",
  ropeScaling: undefined,
  scoreScale: 1 / Math.sqrt(headSizes(config).headSize),
  embeddingScale: 1,
  sliding: undefined,
});

/** The names of the fields by which a model is no plain Llama. */
export const foreignParts = (config: TransformerConfig): readonly string[] =>
  Object.entries(defaultsOf(config) satisfies { [K in keyof TransformerConfig]?: unknown })
    .filter(([name, value]) => {
      const given = config[name as keyof TransformerConfig];
      return given !== undefined && given !== value;
    })
    .map(([name]) => name);

/** The names of the fields that say something: all but those that repeat what holds without them. */
export const tellingFields = (config: TransformerConfig): readonly string[] => {
  const defaults = defaultsOf(config);
  const foreign = foreignParts(config);
  return Object.keys(config).filter((name) => !(name in defaults) || foreign.includes(name));
};
