import { complain } from "@/shared/ui/toast";
import { useOrder as useAnyOrder } from "@/shared/ui/use-order";

const KEYS = ["deployments", "rollouts", "events"];

/** An order after which every page of serving is renewed. */
export function useOrder(onDone: () => void) {
  return useAnyOrder(KEYS, onDone);
}

/** For an order without a dialog, which has no place of its own for a refusal: it is said on the page. */
export async function aloud<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    complain(error);
    throw error;
  }
}
