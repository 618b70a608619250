import { Button } from "./button";
import css from "./page.module.css";

interface MoreProps {
  /** What there is more of: "rollouts". */
  what: string;
  answer: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}

/** The way on under a list that is answered page by page; nothing when all of it is there. */
export function More({ what, answer }: MoreProps) {
  if (!answer.hasNextPage) return null;
  return (
    <div className={css.panelBody}>
      <Button disabled={answer.isFetchingNextPage} onClick={() => void answer.fetchNextPage()}>
        {answer.isFetchingNextPage ? "Fetching…" : `More ${what}`}
      </Button>
    </div>
  );
}
