import { lazyRouteComponent } from "@tanstack/react-router";
import { Suspense, useRef } from "react";
import { useOnScreen } from "@/shared/lib/use-on-screen";
import { Panel, Quiet } from "@/shared/ui/page";

const Comments = lazyRouteComponent(() => import("./comments"), "Comments");

/** Comments at the foot of a page whose first look is heavy: their code and they come when they are scrolled to. */
export function LateComments({ about }: { about: string }) {
  const holder = useRef<HTMLDivElement>(null);
  const isSeen = useOnScreen(holder);
  return (
    <div ref={holder}>
      {isSeen ? (
        <Suspense fallback={<Waiting />}>
          <Comments about={about} />
        </Suspense>
      ) : (
        <Waiting />
      )}
    </div>
  );
}

function Waiting() {
  return (
    <Panel title="Comments">
      <Quiet>They are read when you come here.</Quiet>
    </Panel>
  );
}
