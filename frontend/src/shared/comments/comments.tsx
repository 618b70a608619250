import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazyRouteComponent } from "@tanstack/react-router";
import { Suspense, useRef, useState } from "react";
import { api, ask } from "@/shared/api/client";
import { plural } from "@/shared/lib/format";
import { Button } from "@/shared/ui/button";
import { Form, TextArea } from "@/shared/ui/field";
import { ErrorNotice, Loaded } from "@/shared/ui/notice";
import { Panel, Quiet } from "@/shared/ui/page";
import { commentsQuery, mentionsQuery } from "./api";
import css from "./comments.module.css";
import { nameBeingTyped, withName } from "./mention-at";
import { OneComment } from "./one-comment";

const PeopleOffered = lazyRouteComponent(() => import("./people-offered"), "PeopleOffered");
const MENTIONED = 20;

/** What people say about a thing, there and elsewhere; `about` is its reference, such as runs/<id> or models/<name>. */
export function Comments({ about }: { about: string }) {
  const answer = useQuery(commentsQuery(about));
  const items = answer.data?.items ?? [];
  return (
    <>
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
      <MentionedIn thing={about} />
    </>
  );
}

function MentionedIn({ thing }: { thing: string }) {
  const { data } = useQuery(mentionsQuery(thing, MENTIONED));
  const items = (data?.items ?? []).filter(({ about }) => about !== thing);
  const more = (data?.total ?? 0) - (data?.items.length ?? 0);
  if (items.length === 0) return null;
  return (
    <Panel title="Mentioned elsewhere" actions={more > 0 && <Quiet>and {plural(more, "time")} before</Quiet>}>
      <ol className={css.list}>
        {items.map((comment) => (
          <OneComment key={comment.id} comment={comment} where />
        ))}
      </ol>
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
