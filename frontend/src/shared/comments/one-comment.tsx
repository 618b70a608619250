import { useQuery } from "@tanstack/react-query";
import { Link, lazyRouteComponent } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { meQuery } from "@/shared/api/me";
import { addressOf, nameOf } from "@/shared/routing/reference";
import { IconButton } from "@/shared/ui/button";
import { Markdown } from "@/shared/ui/markdown";
import { Time } from "@/shared/ui/time";
import type { Comment } from "./api";
import css from "./comments.module.css";

const DeleteComment = lazyRouteComponent(() => import("./delete-comment"), "DeleteComment");

/** A comment; with `where` it says what it is about, for a list of comments about many things. */
export function OneComment({ comment, where = false }: { comment: Comment; where?: boolean }) {
  const me = useQuery(meQuery()).data;
  const [deleting, setDeleting] = useState(false);
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
        {(comment.author === me?.name || me?.permissions.includes("operate")) && (
          <IconButton
            small
            icon="trash"
            label={`Delete ${comment.author === me?.name ? "your" : `${comment.author}'s`} comment`}
            onClick={() => setDeleting(true)}
          />
        )}
        {deleting && (
          <Suspense fallback={null}>
            <DeleteComment comment={comment} onClose={() => setDeleting(false)} />
          </Suspense>
        )}
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
