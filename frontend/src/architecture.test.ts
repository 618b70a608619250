import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = import.meta.dirname;
const LIMIT = 250;

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return /\.tsx?$/.test(name) ? [path] : [];
  });
}

const files = sources(ROOT).map((path) => ({ path: relative(ROOT, path), text: readFileSync(path, "utf8") }));

/** The modules a file names, as paths from src. */
function imports({ path, text }: { path: string; text: string }): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].flatMap(([, name = ""]) => {
    if (name.startsWith("@/")) return name.slice(2);
    return name.startsWith(".") ? relative(ROOT, join(ROOT, path, "..", name)) : [];
  });
}

describe("the house", () => {
  test("no file is longer than a person reads in one go", () => {
    const long = files.filter(({ text }) => text.split("\n").length > LIMIT).map(({ path }) => path);

    expect(long).toEqual([]);
  });

  test("a feature knows itself and what is shared, never another feature", () => {
    const wrong = files.flatMap((file) => {
      const own = /^features\/([^/]+)/.exec(file.path)?.[1];
      if (own === undefined) return [];
      return imports(file)
        .filter((name) => /^features\/([^/]+)/.exec(name)?.[1] !== own && !name.startsWith("shared/"))
        .map((name) => `${file.path} imports ${name}`);
    });

    expect(wrong).toEqual([]);
  });

  test("what is shared knows no feature and no app", () => {
    const wrong = files
      .filter(({ path }) => path.startsWith("shared/"))
      .flatMap((file) => imports(file).filter((name) => !name.startsWith("shared/")));

    expect(wrong).toEqual([]);
  });

  test("colours stand in the tokens and the palette, nowhere else", () => {
    const styles = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".css") && !name.endsWith("tokens.css"))
      .map((name) => ({ name, text: readFileSync(join(ROOT, name), "utf8") }));
    const wrong = styles
      .filter(({ text }) => /^(?!.*url\().*(?<!%23)#[0-9a-f]{6}\b/im.test(text))
      .map(({ name }) => name);

    expect(wrong).toEqual([]);
  });

  test("no two style sheets have one name, which tells the classes of one from another's", () => {
    const names = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".module.css"))
      .map((name) => basename(name));

    expect(names).toEqual([...new Set(names)]);
  });
});
