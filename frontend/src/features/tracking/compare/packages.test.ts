import { expect, test } from "vitest";
import { libraryRows, readLibraries, signatureRows } from "./packages";

test("libraries are read from a requirements file, whatever else stands there", () => {
  const text =
    "mlflow==3.17.2\nScikit_Learn == 1.9 # fast\n-r other.txt\n# none\npandas[parquet]>=2\ngit+https://x/y\n\nnumpy";

  expect([...readLibraries(text)]).toEqual([
    ["mlflow", "3.17.2"],
    ["scikit-learn", "1.9"],
    ["pandas", ">=2"],
    ["numpy", "any"],
  ]);
});

test("a library that one run lacks differs", () => {
  const packed = ["numpy==1\nonnx==2", "numpy==1"].map((text) => ({
    libraries: readLibraries(text),
    signature: [],
  }));

  expect(libraryRows(packed)).toEqual([
    { key: "numpy", values: ["1", "1"], differs: false },
    { key: "onnx", values: ["2", null], differs: true },
  ]);
});

test("fields of a signature are compared by side and name", () => {
  const field = { side: "input" as const, name: "age", type: "double", shape: "", required: true };
  const packed = [field, { ...field, type: "long", required: false }].map((one) => ({
    libraries: new Map(),
    signature: [one],
  }));

  expect(signatureRows(packed)).toEqual([
    { key: "input age", values: ["double", "long optional"], differs: true },
  ]);
});
