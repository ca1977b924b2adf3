import { type BackendName, backendNames, requestedBackend } from "./backend-name.ts";
import { nativeFolder } from "./native/cache-folder.ts";
import { findCompiler } from "./native/compile-addon.ts";
import { installCommand, type NativeInstall, readInstall } from "./native/manifest.ts";
import { findPythons } from "./native/python.ts";
import type { System } from "./native/system.ts";
import { sourcesDigest } from "./native-sources.ts";
import { type ProbeResult, probe } from "./probe.ts";
import { reasonOf } from "./resolve-backend.ts";

/** What the doctor found. */
export interface Diagnosis {
  readonly backends: readonly ({ readonly name: BackendName } & ProbeResult)[];
  readonly requested: BackendName | "auto";
  /** The one that startBackend() would start; undefined = it would throw. */
  readonly used: BackendName | undefined;
  /** What `accord-native install` would work with. */
  readonly tools: readonly { readonly name: string; readonly detail: string }[];
}

/** Which addon each installation has, and whether it is made of the sources that are here. */
export const describeAddons = (root: string): string => {
  const addons = (["cpu", "gpu"] as const).flatMap((kind) => {
    let install: NativeInstall;
    try {
      install = readInstall(root, kind);
    } catch {
      return [];
    }
    const whose = install.addon?.name === "accord" ? "our own" : "tfjs-node's";
    const isCurrent = install.addon?.sources === sourcesDigest();
    return [`${kind}: ${whose}${isCurrent ? "" : `, of another version: ${installCommand(kind)} renews it`}`];
  });
  return addons.length === 0 ? "none installed" : addons.join("; ");
};

const describeTools = async (system: System): Promise<Diagnosis["tools"]> => {
  const compiler = await findCompiler(system).catch(reasonOf);
  const pythons = await findPythons(system, undefined).catch(reasonOf);
  const python =
    typeof pythons === "string"
      ? pythons
      : pythons
          .map(({ command, version, hasPip, tensorflow }) => {
            const library = tensorflow === null ? "no TensorFlow" : `TensorFlow ${tensorflow.version}`;
            return `${command} ${version} (${hasPip ? "pip" : "no pip"}, ${library})`;
          })
          .join(", ");
  return [
    { name: "compiler", detail: compiler },
    { name: "Python", detail: python },
    { name: "Node", detail: system.nodeVersion },
    { name: "folder", detail: nativeFolder(system.environment) },
    { name: "addon", detail: describeAddons(nativeFolder(system.environment)) },
  ];
};

/** Starts every backend in a process of its own and says what each answered. */
export const diagnose = async (system: System): Promise<Diagnosis> => {
  const requested = requestedBackend(undefined, system.environment);
  const backends: ({ name: BackendName } & ProbeResult)[] = [];
  for (const name of backendNames)
    backends.push({ name, ...(await probe(system, name, { wanted: name === requested })) });
  const candidates = backends.filter(({ name }) => requested === "auto" || name === requested);
  const used = candidates.find(({ works }) => works)?.name;
  return { backends, requested, used, tools: await describeTools(system) };
};

const table = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
};

/** The doctor's words, one line each. */
export const diagnosisLines = ({ backends, requested, used, tools }: Diagnosis): string[] => {
  const why = requested === "auto" ? "" : ` (ACCORD_BACKEND=${requested})`;
  return [
    ...table([
      ["backend", "starts", "what it is, or why not"],
      ...backends.map(({ name, works, detail }) => [name, works ? "yes" : "no", detail]),
    ]),
    "",
    used === undefined
      ? `None would be used: ${requested} can't start${why}`
      : `Would be used: ${used}${why}`,
    "",
    ...table([["for install", ""], ...tools.map(({ name, detail }) => [name, detail])]),
  ];
};
