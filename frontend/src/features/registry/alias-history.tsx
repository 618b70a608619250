import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Badge } from "@/shared/ui/badge";
import { IconButton } from "@/shared/ui/button";
import { Loaded } from "@/shared/ui/notice";
import { Bar, Quiet } from "@/shared/ui/page";
import { Time } from "@/shared/ui/time";
import { historyQuery } from "./api/aliases";
import { VersionLink } from "./links";
import { moveWords } from "./move-words";
import css from "./registry.module.css";

/** Where an alias stands, and on demand everywhere it stood before. */
export function AliasHistory({ model, alias, version }: { model: string; alias: string; version: number }) {
  const [open, setOpen] = useState(false);
  return (
    <div className={css.alias}>
      <Bar>
        <Badge tone="accent">@{alias}</Badge>
        <VersionLink name={model} number={version} />
        <IconButton
          small
          icon={open ? "up" : "down"}
          label={open ? `Hide the history of ${alias}` : `Show the history of ${alias}`}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        />
      </Bar>
      {open && <Moves model={model} alias={alias} />}
    </div>
  );
}

function Moves({ model, alias }: { model: string; alias: string }) {
  const answer = useQuery(historyQuery(model, alias));
  const events = answer.data?.items ?? [];
  return (
    <Loaded of={answer} lines={3}>
      <ol className={css.moves}>
        {events.map((event) => (
          <li key={`${event.at_ms}-${event.after}`}>
            <span>{moveWords(event)}</span>
            <Quiet>
              {event.actor}, <Time ms={event.at_ms} />
            </Quiet>
            {event.comment && <p>{event.comment}</p>}
          </li>
        ))}
      </ol>
      {events.length === 0 && <Quiet>No moves are recorded.</Quiet>}
    </Loaded>
  );
}
