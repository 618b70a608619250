import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Bodies, type Schemas } from "@/shared/api/client";

export type Ledger = Schemas["LedgerShown"];

/** What the ledger keeps of a deployment's predictions, and what it holds. */
export function ledgerQuery(deployment: string) {
  return queryOptions({
    queryKey: ["deployments", "one", deployment, "ledger"],
    queryFn: () =>
      ask(api.GET("/api/v1/deployments/{deployment}/ledger", { params: { path: { deployment } } })),
  });
}

export function keepInLedger(deployment: string, body: Bodies["Logging"]) {
  return ask(api.PUT("/api/v1/deployments/{deployment}/ledger", { params: { path: { deployment } }, body }));
}
