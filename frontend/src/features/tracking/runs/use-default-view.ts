import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { defaultOf, type View, viewsQuery } from "../api/views";
import { isPlain } from "./runs-address";

/** Opens the default view of a page whose address says nothing when it is entered; what is chosen there later stands.
 *  Answers whether that is still undecided, while nothing should be drawn. */
export function useDefaultView(
  scope: string,
  search: object,
  onOpen: (state: View["state"]) => void,
): boolean {
  const views = useQuery(viewsQuery(scope));
  const [entered, setEntered] = useState<string>();
  const chosen = defaultOf(views.data?.items);
  const isUndecided = entered !== scope && isPlain(search) && (views.isPending || chosen !== undefined);
  useEffect(() => {
    if (entered === scope) return;
    if (!isUndecided) setEntered(scope);
    else if (chosen) onOpen(chosen.state);
  }, [entered, scope, isUndecided, chosen, onOpen]);
  return isUndecided;
}
