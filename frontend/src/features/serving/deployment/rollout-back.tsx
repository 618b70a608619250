import { useQuery } from "@tanstack/react-query";
import { rolloutQuery } from "../api/serving";
import { OrderDialog } from "../rollout/orders";

/** Take the rollout under way back from its deployment: whoever is called out looks there first. */
export function RolloutBack({ id, onClose }: { id: number; onClose: () => void }) {
  const { data } = useQuery(rolloutQuery(id));
  return data ? <OrderDialog rollout={data} asked="rollback" onClose={onClose} /> : null;
}
