import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { rowsOf } from "@/shared/api/pages";
import { mentionsQuery } from "@/shared/comments/api";
import css from "@/shared/comments/comments.module.css";
import { OneComment } from "@/shared/comments/one-comment";
import { nameOf } from "@/shared/routing/reference";
import { BareInput } from "@/shared/ui/field";
import { More } from "@/shared/ui/more";
import { Empty, Loaded } from "@/shared/ui/notice";
import { Bar, Grow, Panel } from "@/shared/ui/page";
import { mentionedRef } from "./mentioned-ref";

/** What people said of late about anything, or where somebody or something is mentioned. */
export function CommentsLately() {
  const { mentions = "" } = useSearch({ from: "/activity" });
  const navigate = useNavigate({ from: "/activity" });
  const ref = mentionedRef(mentions);
  const answer = useInfiniteQuery({ ...mentionsQuery(ref), placeholderData: (previous) => previous });
  const items = rowsOf(answer.data);
  return (
    <>
      <Bar>
        <Grow>
          <BareInput
            label="Only those that mention"
            placeholder="Only those that mention, for example ann or models/churn"
            data-query-box=""
            defaultValue={mentions}
            onChange={({ target }) =>
              void navigate({
                search: { view: "comments", mentions: target.value || undefined },
                replace: true,
              })
            }
          />
        </Grow>
      </Bar>
      <Loaded of={answer}>
        {items.length === 0 ? (
          <Empty title={ref === undefined ? "Nobody has commented yet" : `Nobody mentions ${nameOf(ref)}`}>
            <p>Experiments, runs, models, versions and deployments have comments on their pages.</p>
          </Empty>
        ) : (
          <Panel title={ref === undefined ? "Latest comments" : `Comments that mention ${nameOf(ref)}`}>
            <ol className={css.list}>
              {items.map((comment) => (
                <OneComment key={comment.id} comment={comment} where />
              ))}
            </ol>
            <More what="comments" answer={answer} />
          </Panel>
        )}
      </Loaded>
    </>
  );
}
