import { useQuery } from "@tanstack/react-query";
import { bytes } from "@/shared/lib/format";
import { Icon } from "@/shared/ui/icon";
import { Empty, Loaded } from "@/shared/ui/notice";
import { Quiet } from "@/shared/ui/page";
import css from "./files.module.css";
import { type FileEntry, Preview } from "./preview";

interface FileBrowserProps {
  /** Names whose files these are, for the cache: ["run", id]. */
  owner: readonly string[];
  /** What is open: a folder ends in "/", a file does not, "" is the root. Part of the address. */
  path: string;
  onPath: (path: string) => void;
  list: (folder: string) => Promise<readonly FileEntry[]>;
  address: (path: string) => string;
  /** How to get a first file, for when there is none. */
  empty: React.ReactNode;
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

/** One folder on the left, the file on the right. */
export function FileBrowser({ owner, path, onPath, list, address, empty }: FileBrowserProps) {
  const folder = folderOf(path);
  const answer = useQuery({ queryKey: ["files", ...owner, folder], queryFn: () => list(folder) });
  const entries = answer.data ?? [];
  const open = entries.find((entry) => entry.path === path && !entry.is_dir);
  return (
    <Loaded of={answer}>
      {folder === "" && entries.length === 0 ? (
        <Empty title="No files yet">{empty}</Empty>
      ) : (
        <div className={css.browser}>
          <ul className={css.list} aria-label={folder === "" ? "Files" : `Files in ${folder}`}>
            {folder !== "" && (
              <li>
                <button
                  type="button"
                  className={css.entry}
                  onClick={() => onPath(withSlash(folderOf(folder)))}
                >
                  <Icon name="up" />
                  <span className={css.name}>{folder}/</span>
                </button>
              </li>
            )}
            {entries.map((entry) => (
              <li key={entry.path}>
                <button
                  type="button"
                  className={css.entry}
                  aria-current={entry.path === path}
                  title={entry.path}
                  onClick={() => onPath(entry.is_dir ? withSlash(entry.path) : entry.path)}
                >
                  <Icon name={entry.is_dir ? "folder" : "file"} />
                  <span className={css.name}>{entry.path.split("/").at(-1)}</span>
                  {entry.size_bytes !== null && !entry.is_dir && (
                    <span className={css.size}>{bytes(entry.size_bytes)}</span>
                  )}
                </button>
              </li>
            ))}
          </ul>
          {open ? (
            <Preview entry={open} address={address(open.path)} />
          ) : (
            <div className={css.preview}>
              <Quiet>Pick a file to see it.</Quiet>
            </div>
          )}
        </div>
      )}
    </Loaded>
  );
}

function withSlash(folder: string): string {
  return folder === "" ? "" : `${folder}/`;
}
