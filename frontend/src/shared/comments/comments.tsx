import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { lazyRouteComponent } from "@tanstack/react-router";
import { Suspense, useRef, useState } from "react";
import { api, ask } from "@/shared/api/client";
import { rowsOf } from "@/shared/api/pages";
import { Button } from "@/shared/ui/button";
import { Form, TextArea } from "@/shared/ui/field";
import { More } from "@/shared/ui/more";
import { ErrorNotice, Loaded } from "@/shared/ui/notice";
import { Panel } from "@/shared/ui/page";
import { commentsQuery, mentionsQuery } from "./api";
import css from "./comments.module.css";
import { nameBeingTyped, withName } from "./mention-at";
import { OneComment } from "./one-comment";

const PeopleOffered = lazyRouteComponent(() => import("./people-offered"), "PeopleOffered");
const MENTIONED = 20;

/** What people say about a thing, there and elsewhere; `about` is its reference, such as runs/<id> or models/<name>. */
export function Comments({ about }: { about: string }) {
  const answer = useInfiniteQuery(commentsQuery(about));
  const total = answer.data?.pages[0]?.total ?? 0;
  return (
    <>
      <Panel title={total > 0 ? `Comments (${total})` : "Comments"}>
        <Loaded of={answer} lines={2}>
          <ol className={css.list}>
            {rowsOf(answer.data).map((comment) => (
              <OneComment key={comment.id} comment={comment} />
            ))}
          </ol>
          <More what="comments" answer={answer} />
          <Write about={about} />
        </Loaded>
      </Panel>
      <MentionedIn thing={about} />
    </>
  );
}

function MentionedIn({ thing }: { thing: string }) {
  const answer = useInfiniteQuery(mentionsQuery(thing, MENTIONED));
  const items = rowsOf(answer.data).filter(({ about }) => about !== thing);
  if (items.length === 0) return null;
  return (
    <Panel title="Mentioned elsewhere">
      <ol className={css.list}>
        {items.map((comment) => (
          <OneComment key={comment.id} comment={comment} where />
        ))}
      </ol>
      <More what="mentions" answer={answer} />
    </Panel>
  );
}

function Write({ about }: { about: string }) {
  const [body, setBody] = useState("");
  const [refusal, setRefusal] = useState<unknown>(null);
  const [typed, setTyped] = useState<string>();
  const area = useRef<HTMLTextAreaElement>(null);
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
  function pick(name: string) {
    const next = withName(body, area.current?.selectionStart ?? body.length, typed ?? "", name);
    setBody(next.text);
    setTyped(undefined);
    window.requestAnimationFrame(() => area.current?.setSelectionRange(next.cursor, next.cursor));
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
      <div className={css.write}>
        <TextArea
          label="Add a comment"
          hint="Markdown. @name mentions somebody; fraud:18, fraud@champion, deployments/… or runs/… a thing."
          rows={2}
          ref={area}
          value={body}
          onChange={({ target }) => {
            setBody(target.value);
            setTyped(nameBeingTyped(target.value, target.selectionStart));
          }}
          onBlur={() => setTyped(undefined)}
        />
        {typed !== undefined && (
          <Suspense fallback={null}>
            <PeopleOffered typed={typed} area={area} onPick={pick} onClose={() => setTyped(undefined)} />
          </Suspense>
        )}
      </div>
      {refusal !== null && <ErrorNotice error={refusal} />}
    </Form>
  );
}
