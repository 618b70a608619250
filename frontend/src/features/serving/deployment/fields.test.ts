import { describe, expect, test } from "vitest";
import { fieldKind, type Input, readRow, requestFrom, requestOf, startValue, typeWords } from "./fields";

function input(name: string, kind: Input["kind"], more: Partial<Input> = {}): Input {
  return { name, kind, dims: [], required: true, logical: null, numbered: false, ...more };
}

describe("a form from a signature", () => {
  test.each([
    ["FP64", [], "number"],
    ["INT32", [], "integer"],
    ["UINT8", [], "integer"],
    ["BOOL", [], "boolean"],
    ["BYTES", [], "text"],
    ["JSON", [], "json"],
    ["FP32", [28, 28], "json"],
  ] as const)("%s with the dimensions %j is a field for a %s", (kind, dims, expected) => {
    expect(fieldKind({ kind, dims: [...dims] })).toBe(expected);
  });

  test.each([
    ["FP64", [], true, "A number (FP64)"],
    ["BYTES", [], false, "Text (BYTES), optional"],
    ["FP32", [-1, 28], true, "A list in JSON, of shape any × 28 (FP32)"],
    ["JSON", [], true, "JSON"],
  ] as const)("says of %s %j what belongs into it", (kind, dims, required, expected) => {
    expect(typeWords({ kind, dims: [...dims], required })).toBe(expected);
  });

  test("reads each field as its column's type", () => {
    const inputs = [
      input("amount", "FP64"),
      input("n", "INT64"),
      input("new", "BOOL"),
      input("country", "BYTES"),
    ];
    const texts = { amount: "9.5", n: "3", new: "true", country: "NO" };

    expect(readRow(inputs, texts)).toEqual({
      row: { amount: 9.5, n: 3, new: true, country: "NO" },
      problems: {},
    });
  });

  test("says which field is wrong, and how", () => {
    const inputs = [input("a", "FP64"), input("b", "INT64"), input("c", "JSON"), input("d", "FP64")];

    expect(readRow(inputs, { a: "much", b: "1.5", c: "{", d: " " }).problems).toEqual({
      a: "Not a number.",
      b: "Not a whole number.",
      c: "Not JSON.",
      d: "Needed.",
    });
  });

  test("leaves out an optional column that is empty", () => {
    expect(readRow([input("a", "FP64", { required: false })], { a: "" })).toEqual({ row: {}, problems: {} });
  });

  test.each([
    [9.5, "number", "9.5"],
    [true, "boolean", "true"],
    [undefined, "boolean", "false"],
    ["NO", "text", "NO"],
    [[1, 2], "json", "[1,2]"],
  ] as const)("begins with the example's %j", (value, kind, expected) => {
    expect(startValue(value, kind)).toBe(expected);
  });
});

describe("a request", () => {
  test("has rows for a table, and columns of one row for tensors", () => {
    expect(requestOf({ a: 1 }, false)).toEqual({ rows: [{ a: 1 }] });
    expect(requestOf({ image: [[0, 1]] }, true)).toEqual({ columns: { image: [[[0, 1]]] } });
  });

  test.each([
    ['{"a": 1}', { rows: [{ a: 1 }] }],
    ['[{"a": 1}]', { rows: [{ a: 1 }] }],
    ['{"columns": {"a": [1]}}', { columns: { a: [1] } }],
  ])("typed as %s is understood", (text, expected) => {
    expect(requestFrom(text)).toEqual(expected);
  });

  test.each(["7", "{", "null"])("typed as %s is refused", (text) => {
    expect(() => requestFrom(text)).toThrow();
  });
});
