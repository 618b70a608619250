import { expect, test } from "vitest";
import { addressOf, nameOf } from "./reference";

const RUN = "4a1f90c2".repeat(4);

test.each([
  [`runs/${RUN}`, `/runs/${RUN}`, "run 4a1f90c2"],
  ["experiments/7", "/experiments/7", "experiment 7"],
  ["experiments/7/runs", "/experiments/7", "experiment 7"],
  ["models/a b?", "/models/a%20b%3F", "model a b?"],
  ["models/fraud/versions/18", "/models/fraud/versions/18", "version 18 of fraud"],
  ["deployments/fraud-live", "/deployments/fraud-live", "deployment fraud-live"],
  ["people/ann&b=1", "/activity?mentions=ann%26b%3D1", "@ann&b=1"],
  ["people/7", "/activity?mentions=7", "@7"],
  ["datasets/lake/train.csv/8d3f", "/datasets/lake%2Ftrain.csv/8d3f", "dataset lake"],
  ["nodes/n1", "/nodes", "node n1"],
  ["logged-models/m-1", undefined, "logged model m-1"],
  ["javascript:alert(1)", undefined, "javascript:alert(1)"],
])("%s stands at %s and is called %s", (ref, address, name) => {
  expect(addressOf(ref)).toBe(address);
  expect(nameOf(ref)).toBe(name);
});
