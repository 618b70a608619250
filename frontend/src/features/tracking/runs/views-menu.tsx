import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazyRouteComponent } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { Button, IconButton } from "@/shared/ui/button";
import { Confirm } from "@/shared/ui/dialog";
import { Bar, Grow, Quiet, Stack } from "@/shared/ui/page";
import { Popover } from "@/shared/ui/popover";
import { complain } from "@/shared/ui/toast";
import { deleteView, type View, viewsQuery } from "../api/views";

const NameView = lazyRouteComponent(() => import("./name-view"), "NameView");

interface ViewsMenuProps {
  scope: string;
  /** What is in the address now. */
  state: Record<string, unknown>;
  onOpen: (state: Record<string, unknown>) => void;
}

/** Named states of this page: mine, and those that others share. */
export function ViewsMenu({ scope, state, onOpen }: ViewsMenuProps) {
  const answer = useQuery(viewsQuery(scope));
  const [naming, setNaming] = useState(false);
  const [leaving, setLeaving] = useState<View>();
  const client = useQueryClient();
  const views = answer.data?.items ?? [];
  async function remove(view: View) {
    try {
      await deleteView(view.id);
      await client.invalidateQueries({ queryKey: ["views", scope] });
      setLeaving(undefined);
    } catch (error) {
      complain(error);
    }
  }
  return (
    <>
      <Popover label="Views" icon="filter">
        <Stack>
          {views.length === 0 && <Quiet>A view keeps the query, order and columns under a name.</Quiet>}
          {views.map((view) => (
            <Bar key={view.id}>
              <Grow>
                <Button kind="quiet" onClick={() => onOpen(view.state)}>
                  {view.name}
                </Button>
                {view.shared && <Quiet> shared by {view.owner}</Quiet>}
              </Grow>
              <IconButton
                small
                icon="trash"
                label={`Delete view ${view.name}`}
                onClick={() => setLeaving(view)}
              />
            </Bar>
          ))}
          <Button icon="plus" onClick={() => setNaming(true)}>
            Save this view
          </Button>
        </Stack>
      </Popover>
      <Confirm
        open={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        onConfirm={() => leaving && void remove(leaving)}
        title={`Delete the view ${leaving?.name ?? ""}?`}
        verb="Delete view"
        danger
        consequences={[
          leaving?.shared ? "Nobody finds it in this menu any more." : "It leaves this menu.",
          "Links to it still open: they carry the query, order and columns themselves.",
        ]}
      />
      <Suspense fallback={null}>
        {naming && <NameView scope={scope} state={state} onClose={() => setNaming(false)} />}
      </Suspense>
    </>
  );
}
