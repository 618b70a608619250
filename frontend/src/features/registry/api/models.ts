import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";
import { byToken } from "@/shared/api/pages";
import { fileAddress } from "@/shared/files/artifacts";
import type { FileEntry } from "@/shared/files/preview";
import { compact } from "@/shared/routing/search";

export type Model = Schemas["Model"];
export type Version = Schemas["Version"];
export type AliasPreview = Schemas["AliasPreview"];

export function modelsQuery(words: string) {
  return infiniteQueryOptions({
    queryKey: ["models", words],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET("/api/v1/models", {
          params: { query: compact({ q: words, limit: 200, page_token: pageParam }) },
        }),
      ),
    ...byToken,
    placeholderData: (previous) => previous,
  });
}

export function modelQuery(name: string) {
  return queryOptions({
    queryKey: ["model", name],
    queryFn: () => ask(api.GET("/api/v1/models/{name}", { params: { path: { name } } })),
  });
}

export function versionsQuery(name: string) {
  return infiniteQueryOptions({
    queryKey: ["model", name, "versions"],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET("/api/v1/models/{name}/versions", {
          params: { path: { name }, query: { limit: 200, page_token: pageParam } },
        }),
      ),
    ...byToken,
  });
}

export function versionQuery(name: string, number: number) {
  return queryOptions({
    queryKey: ["model", name, "version", number],
    queryFn: () =>
      ask(api.GET("/api/v1/models/{name}/versions/{number}", { params: { path: { name, number } } })),
  });
}

export function describeModel(name: string, description: string) {
  return ask(api.PATCH("/api/v1/models/{name}", { params: { path: { name } }, body: { description } }));
}

export function describeVersion(name: string, number: number, description: string) {
  return ask(
    api.PATCH("/api/v1/models/{name}/versions/{number}", {
      params: { path: { name, number } },
      body: { description },
    }),
  );
}

/** Refused while anything live relies on it. */
export function deleteVersion(name: string, number: number) {
  return ask(api.DELETE("/api/v1/models/{name}/versions/{number}", { params: { path: { name, number } } }));
}

export function setModelTag(name: string, key: string, value: string) {
  return ask(
    api.PUT("/api/v1/models/{name}/tags/{key}", { params: { path: { name, key } }, body: { value } }),
  );
}

export function deleteModelTag(name: string, key: string) {
  return ask(api.DELETE("/api/v1/models/{name}/tags/{key}", { params: { path: { name, key } } }));
}

export function setVersionTag(name: string, number: number, key: string, value: string) {
  return ask(
    api.PUT("/api/v1/models/{name}/versions/{number}/tags/{key}", {
      params: { path: { name, number, key } },
      body: { value },
    }),
  );
}

export function deleteVersionTag(name: string, number: number, key: string) {
  return ask(
    api.DELETE("/api/v1/models/{name}/versions/{number}/tags/{key}", {
      params: { path: { name, number, key } },
    }),
  );
}

export async function listFiles(version: Version, folder: string): Promise<FileEntry[]> {
  const page = await ask(
    api.GET("/api/v1/models/{name}/versions/{number}/files", {
      params: { path: { name: version.model, number: version.number }, query: { path: folder } },
    }),
  );
  return page.items.map((entry) => ({ path: entry.path, is_dir: entry.is_dir, size_bytes: entry.size }));
}

/** The bytes belong to the run or logged model that the version came from. */
export function addressInVersion(version: Version, path: string): string {
  const [kind = "", id = ""] = (version.owner ?? "").split("/");
  return fileAddress({ kind, id }, version.root ? `${version.root}/${path}` : path);
}
