import { api, ask, type Schemas } from "@/shared/api/client";

export type Attribution = Schemas["Attribution"];

export function attribution(prediction: string) {
  const path = "/api/v1/predictions/{prediction}/attribution";
  return ask(api.GET(path, { params: { path: { prediction } } }));
}
