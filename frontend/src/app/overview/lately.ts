import type { LatestMove } from "@/features/registry/api/lately";
import type { Version } from "@/features/registry/api/models";
import { moveWords } from "@/features/registry/move-words";

export interface News {
  key: string;
  model: string;
  /** The version to go to; none for an alias that was taken away. */
  number: number | null;
  /** The alias that moved; none for a version that was registered. */
  alias: string | null;
  what: string;
  by: string;
  atMs: number;
}

/** Versions registered and aliases moved, as one list, newest first. */
export function newsOf(versions: readonly Version[], moves: readonly LatestMove[], most: number): News[] {
  const registered = versions.map((version) => ({
    key: `${version.model}/${version.number}`,
    model: version.model,
    number: version.number,
    alias: null,
    what: "registered",
    by: version.created_by,
    atMs: version.created_ms,
  }));
  const moved = moves.map((move) => ({
    key: `${move.model}@${move.alias} ${move.at_ms} ${move.after}`,
    model: move.model,
    number: move.after,
    alias: move.alias,
    what: moveWords(move),
    by: move.actor,
    atMs: move.at_ms,
  }));
  return [...registered, ...moved].sort((a, b) => b.atMs - a.atMs).slice(0, most);
}
