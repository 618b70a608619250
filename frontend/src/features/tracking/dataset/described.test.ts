import { expect, test } from "vitest";
import { columnsOf, countsOf } from "./described";

test("a schema of columns, as MLflow logs it", () => {
  const schema = JSON.stringify({ mlflow_colspec: [{ type: "double", name: "amount", required: true }] });

  expect(columnsOf(schema)).toEqual([{ name: "amount", type: "double", shape: "" }]);
});

test("a schema of tensors, whose sides are JSON texts", () => {
  const features = JSON.stringify([{ type: "tensor", "tensor-spec": { dtype: "float32", shape: [-1, 28] } }]);

  expect(columnsOf(JSON.stringify({ mlflow_tensorspec: { features, targets: null } }))).toEqual([
    { name: "features", type: "float32", shape: "any × 28" },
  ]);
});

test("what is none of these is shown as it is", () => {
  expect(["", "not json", "[1]", '{"fields": []}'].map(columnsOf)).toEqual([null, null, null, null]);
  expect(["", "120 rows"].map(countsOf)).toEqual([null, null]);
});

test("a profile counts", () => {
  expect(countsOf('{"num_rows": 12000, "features_shape": {"x": [3]}}')).toEqual([
    ["rows", "12,000"],
    ["features shape", '{"x":[3]}'],
  ]);
});
