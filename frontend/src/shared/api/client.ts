import createClient from "openapi-fetch";
import type { components, paths } from "#api";
import { prefix } from "@/shared/lib/place";
import { errorFrom, unreachable } from "./errors";

/** The server sends every field, also those with a default, which its description calls optional. */
export type Whole<Data> = Data extends (infer Item)[]
  ? Whole<Item>[]
  : Data extends object
    ? { [Key in keyof Data]-?: Whole<Data[Key]> }
    : Data;

export type Bodies = components["schemas"];
export type Schemas = { [Name in keyof Bodies]: Whole<Bodies[Name]> };

export const api = createClient<paths>({ baseUrl: prefix });

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** Unwraps an answer of the client: its data, or a thrown ApiError. */
export async function ask<Data>(answer: Promise<Answer<Data>>): Promise<Whole<Data>> {
  const { data, error, response } = await answer.catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw errorFrom(response, error);
  return data as Whole<Data>;
}
