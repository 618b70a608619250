import { queryOptions } from "@tanstack/react-query";
import { readText } from "@/shared/files/read-text";
import { readSignature } from "@/shared/files/signature";
import { addressInVersion, type Version } from "./models";

/** What a version takes and gives, out of its own MLmodel file; nothing when its files are not here. */
export function signatureQuery(version: Version) {
  return queryOptions({
    queryKey: ["model", version.model, "version", version.number, "signature"],
    queryFn: async () => {
      if (version.owner === null) return [];
      return readSignature(await readText(addressInVersion(version, "MLmodel")).catch(() => ""));
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}
