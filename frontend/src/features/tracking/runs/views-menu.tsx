import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazyRouteComponent } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { Badge } from "@/shared/ui/badge";
import { Button, IconButton } from "@/shared/ui/button";
import { Confirm } from "@/shared/ui/dialog";
import { Bar, Grow, Quiet, Stack } from "@/shared/ui/page";
import { Popover } from "@/shared/ui/popover";
import { complain, say } from "@/shared/ui/toast";
import { deleteView, setDefaultView, type View, viewsQuery } from "../api/views";

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
  async function choose(view: View) {
    try {
      await setDefaultView(view.id, !view.is_default);
      await client.invalidateQueries({ queryKey: ["views", scope] });
      say(view.is_default ? "The page opens without a view again." : `The page opens with ${view.name}.`);
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
              {view.is_default && <Badge tone="accent">default</Badge>}
              {view.shared && (
                <IconButton
                  small
                  icon="home"
                  label={`Open with ${view.name} by default`}
                  aria-pressed={view.is_default}
                  onClick={() => void choose(view)}
                />
              )}
              <IconButton
                small
                icon="trash"
                label={`Delete view ${view.name}`}
                onClick={() => setLeaving(view)}
              />
            </Bar>
          ))}
          {views.some((view) => view.is_default) && (
            <Button kind="quiet" onClick={() => onOpen({})}>
              Without a view
            </Button>
          )}
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
          ...(leaving?.is_default ? ["The page opens without a view again, for everybody."] : []),
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
