import { describe, expect, test } from "vitest";
import { ownTags, quoted, reproduceCommands } from "./reproduce";

describe("the commands to reproduce a run", () => {
  test("check out its commit and start its program", () => {
    const commands = reproduceCommands({
      "mlflow.source.git.repoURL": "https://example.org/churn.git",
      "mlflow.source.git.commit": "a94a8fe",
      "mlflow.source.name": "train.py",
    });

    expect(commands).toBe(
      "git clone https://example.org/churn.git code && cd code\ngit checkout a94a8fe\npython train.py",
    );
  });

  test("are none when nothing is known", () => {
    expect(reproduceCommands({ "mlflow.source.name": "train.py" })).toBe("");
  });

  test.each([
    ["$(rm -rf ~)", "'$(rm -rf ~)'"],
    ["a'; reboot", "'a'\\''; reboot'"],
    ["--upload-pack=evil", "'--upload-pack=evil'"],
  ])("quote the hostile %s", (word, shown) => {
    expect(quoted(word)).toBe(shown);
  });
});

test("what the client adds about itself is not among the tags", () => {
  expect(ownTags({ team: "risk", "mlflow.user": "ada" })).toEqual({ team: "risk" });
});
