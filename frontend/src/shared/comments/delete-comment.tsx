import { api, ask } from "@/shared/api/client";
import { firstLine } from "@/shared/lib/format";
import { Confirm } from "@/shared/ui/dialog";
import { ErrorNotice } from "@/shared/ui/notice";
import { useOrder } from "@/shared/ui/use-order";
import type { Comment } from "./api";

const STALE = ["comments", "mentions", "events"];
const TITLE_CHARS = 60;

/** Delete a comment after its loss was said. */
export function DeleteComment({ comment, onClose }: { comment: Comment; onClose: () => void }) {
  const { busy, refusal, order } = useOrder(STALE, onClose);
  const remove = () =>
    ask(api.DELETE("/api/v1/comments/{comment_id}", { params: { path: { comment_id: comment.id } } }));
  return (
    <Confirm
      open
      danger
      busy={busy}
      onClose={onClose}
      onConfirm={() => void order(remove, "The comment is deleted.")}
      title={`Delete “${shortened(firstLine(comment.body))}”?`}
      verb="Delete the comment"
      consequences={[
        "It is gone from this page, and from the pages of what it mentions.",
        "Its text stays in the activity log, which says who deleted it.",
      ]}
    >
      {refusal !== null && <ErrorNotice error={refusal} />}
    </Confirm>
  );
}

function shortened(text: string): string {
  return text.length > TITLE_CHARS ? `${text.slice(0, TITLE_CHARS)}…` : text;
}
