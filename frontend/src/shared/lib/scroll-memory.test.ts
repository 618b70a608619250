import { expect, test } from "vitest";
import { joined } from "./scroll-memory";

test.each([
  ['{"a":1,"b":1}', '{"b":2}', '{"a":1,"b":2}'],
  ["not json", '{"b":2}', '{"b":2}'],
  ['{"a":1}', "1", "1"],
])("what %s kept and %s keeps now is %s", (earlier, later, expected) => {
  expect(joined(earlier, later)).toBe(expected);
});
