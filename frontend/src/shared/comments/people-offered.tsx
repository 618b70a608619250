import { useQuery } from "@tanstack/react-query";
import { type RefObject, useEffect, useState } from "react";
import { peopleQuery } from "./api";
import css from "./comments.module.css";

interface PeopleOfferedProps {
  /** What is typed of the name. */
  typed: string;
  area: RefObject<HTMLTextAreaElement | null>;
  onPick: (name: string) => void;
  onClose: () => void;
}

const LIST = "people-offered";

/** Names that the server knows and that begin so, below the text in which one is typed; the keys go to it from there. */
export function PeopleOffered({ typed, area, onPick, onClose }: PeopleOfferedProps) {
  const answer = useQuery(peopleQuery(typed));
  const names = (answer.data?.items ?? []).map(({ name }) => name).filter((name) => name !== typed);
  const [at, setAt] = useState(0);
  const current = Math.min(at, names.length - 1);
  useEffect(() => {
    const target = area.current;
    if (!target || names.length === 0) return;
    function onKey(event: KeyboardEvent) {
      const picked = names[current];
      if (event.key === "ArrowDown") setAt((current + 1) % names.length);
      else if (event.key === "ArrowUp") setAt((current + names.length - 1) % names.length);
      else if ((event.key === "Enter" || event.key === "Tab") && picked !== undefined) onPick(picked);
      else if (event.key === "Escape") onClose();
      else return;
      event.preventDefault();
      event.stopPropagation();
    }
    target.addEventListener("keydown", onKey);
    target.setAttribute("aria-controls", LIST);
    target.setAttribute("aria-activedescendant", `${LIST}-${current}`);
    return () => {
      target.removeEventListener("keydown", onKey);
      target.removeAttribute("aria-controls");
      target.removeAttribute("aria-activedescendant");
    };
  });
  if (names.length === 0) return null;
  return (
    <div id={LIST} role="listbox" aria-label="People" className={css.people}>
      {names.map((name, index) => (
        <div
          key={name}
          id={`${LIST}-${index}`}
          role="option"
          aria-selected={index === current}
          className={css.person}
          onMouseDown={(event) => {
            event.preventDefault();
            onPick(name);
          }}
        >
          @{name}
        </div>
      ))}
    </div>
  );
}
