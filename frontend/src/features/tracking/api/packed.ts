import { queryOptions } from "@tanstack/react-query";
import { fileAddress, listFolder, type Owner } from "@/shared/files/artifacts";
import { readText } from "@/shared/files/read-text";
import { readSignature } from "@/shared/files/signature";
import { NOTHING_PACKED, type Packed, readLibraries } from "../compare/packages";

const FOLDERS = 5;

/** Where a run's model is: a logged model of its own, or a folder of the run that holds an MLmodel file. */
async function placeOf(runId: string, modelId: string | undefined): Promise<[Owner, string] | undefined> {
  if (modelId) return [{ kind: "logged-models", id: modelId }, ""];
  const owner = { kind: "runs", id: runId };
  const folders = (await listFolder(owner, "")).filter((entry) => entry.is_dir).slice(0, FOLDERS);
  for (const { path } of folders) {
    const files = await listFolder(owner, path);
    if (files.some((file) => file.path === `${path}/MLmodel`)) return [owner, `${path}/`];
  }
  return undefined;
}

export function packedQuery(runId: string, modelId: string | undefined) {
  return queryOptions({
    queryKey: ["run", runId, "packed", modelId],
    queryFn: async (): Promise<Packed> => {
      const place = await placeOf(runId, modelId);
      if (!place) return NOTHING_PACKED;
      const [owner, folder] = place;
      const present = new Set((await listFolder(owner, folder.replace(/\/$/, ""))).map((file) => file.path));
      const read = (name: string) =>
        present.has(`${folder}${name}`) ? readText(fileAddress(owner, `${folder}${name}`)) : "";
      const [libraries, mlmodel] = await Promise.all([read("requirements.txt"), read("MLmodel")]);
      return { libraries: readLibraries(libraries), signature: readSignature(mlmodel) };
    },
    staleTime: 60_000,
  });
}
