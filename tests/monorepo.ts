import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import ts from "typescript";

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly type: string;
  readonly files?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export const root = resolve(import.meta.dirname, "..");
export const scope = "@accord-rl/";
export const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
const foldersOf = (parent: string) =>
  readdirSync(join(root, parent))
    .map((name) => `${parent}/${name}`)
    .filter((folder) => existsSync(join(root, folder, "package.json")));

export const packageFolders = foldersOf("packages");
export const consumerFolders = [...foldersOf("apps"), "benchmarks"];
export const packageNames = packageFolders.map((folder) => folder.slice("packages/".length));
export const rootDevelopment = Object.keys(readManifest(".").devDependencies ?? {});

export interface ImportLine {
  readonly folder: string;
  readonly file: string;
  readonly specifier: string;
  /** Erased by the compiler: `import type` and `export type`. */
  readonly isTypeOnly: boolean;
  /** In a file that only tests need (`*.test.ts`, `test-*.ts`, `__fixtures__`): never published. */
  readonly isTest: boolean;
}

const sourceFiles = (folder: string): string[] =>
  ["src", "bin"]
    .map((name) => join(root, folder, name))
    .filter((path) => existsSync(path))
    .flatMap((path) =>
      readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => join(path, name)),
    )
    .filter((path) => /\.(ts|js|mjs)$/.test(path) && !path.includes("/generated/"));

/** Static and dynamic imports, re-exports, require() and import("…") types. */
export const readImports = (text: string): Pick<ImportLine, "specifier" | "isTypeOnly">[] => {
  const typeOnly = new Map<string, boolean>();
  for (const node of ts.createSourceFile("read.ts", text, ts.ScriptTarget.ES2022).statements) {
    const isImport = ts.isImportDeclaration(node);
    if (!isImport && !ts.isExportDeclaration(node)) continue;
    if (!node.moduleSpecifier || !ts.isStringLiteral(node.moduleSpecifier)) continue;
    const isTypeOnly = isImport
      ? node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      : node.isTypeOnly;
    const specifier = node.moduleSpecifier.text;
    typeOnly.set(specifier, isTypeOnly && (typeOnly.get(specifier) ?? true));
  }
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => ({
    specifier: fileName,
    isTypeOnly: typeOnly.get(fileName) ?? false,
  }));
};

export const isTestFile = (path: string): boolean =>
  /\.test\.ts$|\/test-[\w-]+\.ts$|\/__fixtures__\//.test(path);

export const imports = [...packageFolders, ...consumerFolders].flatMap((folder) =>
  sourceFiles(folder).flatMap((path): ImportLine[] =>
    readImports(readFileSync(path, "utf8")).map((line) => ({
      ...line,
      folder,
      file: relative(root, path),
      isTest: isTestFile(path),
    })),
  ),
);
