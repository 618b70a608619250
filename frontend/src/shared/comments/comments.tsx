import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask, type Schemas } from "@/shared/api/client";
import { Button } from "@/shared/ui/button";
import { Form, TextArea } from "@/shared/ui/field";
import { Markdown } from "@/shared/ui/markdown";
import { ErrorNotice, Loaded } from "@/shared/ui/notice";
import { Panel } from "@/shared/ui/page";
import { Time } from "@/shared/ui/time";
import { commentsQuery } from "./api";
import css from "./comments.module.css";

type Comment = Schemas["Comment"];

/** What people say about a thing; `about` is its reference, such as runs/<id> or models/<name>. */
export function Comments({ about }: { about: string }) {
  const answer = useQuery(commentsQuery(about));
  const items = answer.data?.items ?? [];
  return (
    <Panel title={items.length > 0 ? `Comments (${items.length})` : "Comments"}>
      <Loaded of={answer} lines={2}>
        <ol className={css.list}>
          {items.map((comment) => (
            <OneComment key={comment.id} comment={comment} />
          ))}
        </ol>
        <Write about={about} />
      </Loaded>
    </Panel>
  );
}

function OneComment({ comment }: { comment: Comment }) {
  return (
    <li>
      <div className={css.head}>
        <b>{comment.author}</b> <Time ms={comment.created_ms} />
      </div>
      <Markdown source={comment.body} />
    </li>
  );
}

function Write({ about }: { about: string }) {
  const [body, setBody] = useState("");
  const [refusal, setRefusal] = useState<unknown>(null);
  const client = useQueryClient();
  async function send() {
    try {
      await ask(api.POST("/api/v1/comments", { body: { about, body } }));
      setBody("");
      setRefusal(null);
      await client.invalidateQueries({ queryKey: ["comments", about] });
    } catch (error) {
      setRefusal(error);
    }
  }
  return (
    <Form
      onSubmit={() => void send()}
      actions={
        <Button type="submit" disabled={body.trim() === ""}>
          Comment
        </Button>
      }
    >
      <TextArea
        label="Add a comment"
        rows={2}
        value={body}
        onChange={(event) => setBody(event.target.value)}
      />
      {refusal !== null && <ErrorNotice error={refusal} />}
    </Form>
  );
}
