import { api, ask } from "@/shared/api/client";
import { apiUrl } from "@/shared/lib/place";
import type { FileEntry } from "./preview";

/** Whose files: a kind and an id, such as runs and a run's id. */
export interface Owner {
  kind: string;
  id: string;
}

export async function listFolder(owner: Owner, folder: string): Promise<FileEntry[]> {
  const tree = await ask(
    api.GET("/api/v1/artifacts/{kind}/{id_}/tree", {
      params: { path: { kind: owner.kind, id_: owner.id }, query: { path: folder } },
    }),
  );
  return tree.entries.map((entry) => ({
    path: entry.path,
    is_dir: entry.is_dir,
    size_bytes: entry.size ?? null,
  }));
}

/** The path stands in the query, where nothing between here and there normalises it. */
export function fileAddress(owner: Owner, path: string): string {
  const place = `/artifacts/${owner.kind}/${encodeURIComponent(owner.id)}/file`;
  return apiUrl(`${place}?path=${encodeURIComponent(path)}`);
}
