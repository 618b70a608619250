import createClient from "openapi-fetch";
import type { components, paths } from "#api";
import { prefix } from "@/shared/lib/place";
import { errorFrom, unreachable } from "./errors";

export type Schemas = components["schemas"];

export const api = createClient<paths>({ baseUrl: prefix });

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** Unwraps an answer of the client: its data, or a thrown ApiError. */
export async function ask<Data>(answer: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await answer.catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw errorFrom(response, error);
  return data as Data;
}
