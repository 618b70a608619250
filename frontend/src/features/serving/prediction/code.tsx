import { bytes } from "@/shared/lib/format";
import { prefix } from "@/shared/lib/place";
import { CodeBlock, CopyText } from "@/shared/ui/notice";
import { type Fact, Quiet } from "@/shared/ui/page";
import type { Prediction } from "../api/serving";

type Provenance = NonNullable<Prediction["provenance"]>;
type CodeChange = Provenance["changes"][number];

/** The code that made the version, as its run recorded it, and the commits since the versions before it. */
export function codeFacts({ code, changes }: Pick<Provenance, "code" | "changes">): (Fact | false)[] {
  return [
    code.program !== "" && ["Program", code.program],
    ["Commit", code.commit ? <CopyText key="c" text={code.commit} short /> : "not recorded"],
    code.branch !== "" && ["Branch", code.branch],
    code.repository !== "" && ["Repository", code.repository],
    code.link !== "" && [
      "Its page",
      <a key="l" href={code.link} rel="noreferrer">
        {code.link}
      </a>,
    ],
    ["Without a commit", uncommitted(code)],
    ...changes.map((change): Fact => [`Since ${change.version}`, since(change)]),
  ];
}

/** The changes that had no commit, as the run kept them. */
export function Diffs({ diffs }: Pick<Provenance["code"], "diffs">) {
  return diffs.map((diff) =>
    diff.text === null ? (
      <Quiet key={diff.digest}>
        <a href={`${prefix}${diff.link}`}>{diff.kept}</a>: {bytes(diff.size_bytes)}, too large or no text.
      </Quiet>
    ) : (
      <CodeBlock key={diff.digest} code={diff.text} label={`Changes without a commit, ${diff.kept}`} />
    ),
  );
}

function uncommitted({ dirty, diffs }: Provenance["code"]): string {
  if (dirty === null) return "not recorded";
  if (!dirty) return "nothing";
  return diffs.length > 0 ? "changes, recorded below" : "changes that were not recorded";
}

function since({ since, same, commits, commit }: CodeChange): string {
  if (same) return `the same commit (${since})`;
  if (commits !== "") return `${commits} (${since})`;
  return `${commit || "commit not recorded"} (${since}), so what changed cannot be told`;
}
