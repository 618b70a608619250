import { Link } from "@tanstack/react-router";
import { addressOf, nameOf } from "@/shared/routing/reference";
import { Markdown } from "@/shared/ui/markdown";
import { Time } from "@/shared/ui/time";
import type { Comment } from "./api";
import css from "./comments.module.css";

/** A comment; with `where` it says what it is about, for a list of comments about many things. */
export function OneComment({ comment, where = false }: { comment: Comment; where?: boolean }) {
  return (
    <li>
      <div className={css.head}>
        <b>{comment.author}</b>
        {where && (
          <>
            {" about "}
            <AboutLink about={comment.about} />
          </>
        )}{" "}
        <Time ms={comment.created_ms} />
      </div>
      <Markdown source={comment.body} mentions={comment.mentions} />
    </li>
  );
}

/** The way to what a reference means, by its name. */
export function AboutLink({ about }: { about: string }) {
  const address = addressOf(about);
  return address === undefined ? (
    nameOf(about)
  ) : (
    <Link to={address} title={about}>
      {nameOf(about)}
    </Link>
  );
}
