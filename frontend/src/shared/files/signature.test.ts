import { describe, expect, test } from "vitest";
import { readSignature } from "./signature";

const MLMODEL = `artifact_path: model
signature:
  inputs: '[{"type": "double", "name": "age", "required": true}, {"type": "string",
    "name": "plan''s name", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1,
    2]}}]'
  params: null
utc_time_created: '2026-11-20 12:00:00'
`;

describe("the signature in an MLmodel file", () => {
  test("is read over folded lines, with quotes, tensors and what is optional", () => {
    expect(readSignature(MLMODEL)).toEqual([
      { side: "input", name: "age", type: "double", shape: "", required: true },
      { side: "input", name: "plan's name", type: "string", shape: "", required: false },
      { side: "output", name: "", type: "float32", shape: "any × 2", required: true },
    ]);
  });

  test.each([
    ["flow style", `signature: {inputs: '[{"type": "long", "name": "inputs"}]', outputs: null}\nrun_id: a\n`],
    [
      "flow style over lines",
      `run_id: a\nsignature: {\n  inputs: '[{"type": "long",\n    "name": "inputs"}]',\n  params: null}\n`,
    ],
    [
      "JSON in one line",
      JSON.stringify({ run_id: "a", signature: { inputs: '[{"type": "long", "name": "inputs"}]' } }),
    ],
    [
      "JSON over lines",
      JSON.stringify({ run_id: "a", signature: { inputs: '[{"type": "long", "name": "inputs"}]' } }, null, 2),
    ],
    ["double quotes", `signature:\n  inputs: "[{\\"type\\": \\"long\\",\n    \\"name\\": \\"inputs\\"}]"\n`],
    [
      "double quotes folded with backslashes",
      `signature:\n  inputs: "[{\\"type\\": \\"long\\",\\\n    \\ \\"name\\": \\"inputs\\"}]"\n`,
    ],
    [
      "a flow sequence without quotes",
      `signature:\n  inputs: [{"type": "long",\n    "name": "inputs"}]\n  params: null\n`,
    ],
  ])("is read in %s", (_, text) => {
    expect(readSignature(text)).toEqual([
      { side: "input", name: "inputs", type: "long", shape: "", required: true },
    ]);
  });

  test("ends where the next key of the file begins", () => {
    expect(readSignature(`signature:\n  params: null\nother:\n  inputs: '[{"type": "long"}]'\n`)).toEqual([]);
  });

  test.each([
    ["artifact_path: model\n"],
    ["signature:\n  inputs: '[{\"broken'\n"],
    ["signature: null\n"],
    [""],
  ])("is empty when the file has none: %j", (text) => {
    expect(readSignature(text)).toEqual([]);
  });
});
