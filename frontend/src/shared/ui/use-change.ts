import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { complain } from "./toast";

/** Waits for a change that the server was asked for; rejects when it was refused, which has then been said. */
export type Change = (asked: Promise<unknown>) => Promise<void>;

/** A `Change` of what is kept under this key, which is asked anew after it, whether it was made or refused. */
export function useChange(queryKey: QueryKey): Change {
  const client = useQueryClient();
  return async (asked) => {
    try {
      await asked;
    } catch (error) {
      complain(error);
      throw error;
    } finally {
      await client.invalidateQueries({ queryKey });
    }
  };
}
