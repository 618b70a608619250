import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { say } from "@/shared/ui/toast";

/** One order to the server: busy while it is under way, its refusal, and every page of serving renewed after it. */
export function useOrder(onDone: () => void) {
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
      await Promise.all(
        ["deployments", "rollouts", "events"].map((key) => client.invalidateQueries({ queryKey: [key] })),
      );
    }
  }
  return { busy, refusal, order };
}
