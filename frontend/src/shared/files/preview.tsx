import { useQuery } from "@tanstack/react-query";
import { bytes } from "@/shared/lib/format";
import { buttonClass } from "@/shared/ui/button";
import { Icon } from "@/shared/ui/icon";
import { Loaded } from "@/shared/ui/notice";
import { Quiet } from "@/shared/ui/page";
import css from "./files.module.css";
import { parseTable, prettyJson, previewKind } from "./preview-kind";
import { READ_BYTES, readText } from "./read-text";

const ROWS = 200;

export interface FileEntry {
  path: string;
  is_dir: boolean;
  size_bytes: number | null;
}

export function Preview({ entry, address }: { entry: FileEntry; address: string }) {
  const kind = previewKind(entry.path);
  const cut = (entry.size_bytes ?? 0) > READ_BYTES && kind !== "image" && kind !== "none";
  return (
    <div className={css.preview}>
      <div className={css.head}>
        <span className={css.path}>{entry.path}</span>
        <a className={buttonClass({ small: true })} href={address} download={entry.path.split("/").at(-1)}>
          <Icon name="download" />
          Download {entry.size_bytes !== null && bytes(entry.size_bytes)}
        </a>
      </div>
      {cut && <Quiet>The first 256 kB are shown.</Quiet>}
      {kind === "image" && <img src={address} alt={`Artifact ${entry.path}`} />}
      {kind === "none" && <Quiet>This kind of file is not shown here. Download it to open it.</Quiet>}
      {kind !== "image" && kind !== "none" && <TextPreview kind={kind} path={entry.path} address={address} />}
    </div>
  );
}

function TextPreview({
  kind,
  path,
  address,
}: {
  kind: "table" | "json" | "text";
  path: string;
  address: string;
}) {
  const answer = useQuery({
    queryKey: ["file", address],
    queryFn: () => readText(address),
    staleTime: 60_000,
  });
  return (
    <Loaded of={answer}>
      {kind === "table" ? (
        <Sheet rows={parseTable(answer.data ?? "", path.endsWith(".tsv") ? "\t" : ",", ROWS)} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <pre className={css.text} tabIndex={0}>
          {kind === "json" ? prettyJson(answer.data ?? "") : answer.data}
        </pre>
      )}
    </Loaded>
  );
}

function Sheet({ rows }: { rows: readonly string[][] }) {
  const [head = [], ...body] = rows;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={css.sheet} tabIndex={0} aria-label="Rows of the file">
      <table>
        <thead>
          <tr>
            {head.map((name, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a file's columns have no other identity than their place
              <th key={at}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a file's rows have no other identity than their place
            <tr key={at}>
              {row.map((value, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: as above
                <td key={place}>{value}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
