import { useQuery } from "@tanstack/react-query";
import { rolloutQuery } from "../api/serving";
import { RolloutOrders } from "../rollout/orders";

/** Whoever is called out looks at the deployment first: the rollout under way is taken back from there too. */
export function RolloutBack({ id }: { id: number }) {
  const { data } = useQuery(rolloutQuery(id));
  return data ? <RolloutOrders rollout={data} only="rollback" /> : null;
}
