import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { say } from "./toast";

/** One order to the server: busy while it is under way, its refusal, and what is kept under these keys asked anew
 *  after it. For dialogs, which show the refusal themselves and close when it is done. */
export function useOrder(keys: readonly string[], onDone: () => void) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  async function order(work: () => Promise<unknown>, told: string) {
    setBusy(true);
    setRefusal(null);
    try {
      await work();
      say(told);
      onDone();
    } catch (error) {
      setRefusal(error);
    } finally {
      setBusy(false);
      await Promise.all(keys.map((key) => client.invalidateQueries({ queryKey: [key] })));
    }
  }
  return { busy, refusal, order };
}
