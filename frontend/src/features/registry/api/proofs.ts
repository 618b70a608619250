import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";

export type Proof = Schemas["ProofShown"];
export type ProofState = Proof["finding"]["state"];

const OF_MODEL = 1000;

export function proofQuery(model: string, number: number) {
  return queryOptions({
    queryKey: ["model", model, "version", number, "proof"],
    queryFn: () =>
      ask(
        api.GET("/api/v1/models/{name}/versions/{number}/proof", {
          params: { path: { name: model, number } },
        }),
      ),
  });
}

/** The states of the load-proofs of a model's latest versions, by number. */
export function proofsQuery(model: string) {
  return queryOptions({
    queryKey: ["model", model, "proofs"],
    queryFn: async () => {
      const page = await ask(
        api.GET("/api/v1/models/{name}/proofs", {
          params: { path: { name: model }, query: { limit: OF_MODEL } },
        }),
      );
      return new Map(page.items.map((proof) => [proof.version.number, proof.finding.state]));
    },
  });
}

export function askForProof(model: string, number: number) {
  return ask(
    api.POST("/api/v1/models/{name}/versions/{number}/proof", { params: { path: { name: model, number } } }),
  );
}
