import { useOrder as useAnyOrder } from "@/shared/ui/use-order";

const KEYS = ["deployments", "rollouts", "events"];

/** An order after which every page of serving is renewed. */
export function useOrder(onDone: () => void) {
  return useAnyOrder(KEYS, onDone);
}
