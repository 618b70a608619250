import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { rowsOf } from "@/shared/api/pages";
import { BareInput } from "@/shared/ui/field";
import { Empty, Loaded } from "@/shared/ui/notice";
import { Bar, Grow, Page } from "@/shared/ui/page";
import type { Column } from "./column";
import { DataGrid } from "./data-grid";

interface NamedListProps<Row> {
  /** What is listed, as a heading: "Models". */
  title: string;
  /** One of them, without an article: "model". */
  noun: string;
  columns: Column<Row>[];
  answer: UseInfiniteQueryResult<InfiniteData<{ items: Row[] }>>;
  rowKey: (row: Row) => string;
  onOpen: (row: Row) => void;
  /** The words that names are searched for; the page keeps them in its address. */
  words: string;
  onFind: (words: string | undefined) => void;
  foot: (loaded: number) => ReactNode;
  /** What to say and teach when there is nothing at all. */
  empty: ReactNode;
  actions?: ReactNode;
}

/** The page of things that have names: find one by its name, scroll for more, open it. */
export function NamedList<Row>(props: NamedListProps<Row>) {
  const { title, noun, columns, answer, rowKey, onOpen, words, onFind, foot, empty, actions } = props;
  const items = useMemo(() => rowsOf(answer.data), [answer.data]);
  return (
    <Page title={title} room="fill" actions={actions}>
      <Bar>
        <Grow>
          <BareInput
            label={`Find ${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`}
            placeholder="Name contains…"
            data-query-box=""
            defaultValue={words}
            onChange={(event) => onFind(event.target.value || undefined)}
          />
        </Grow>
      </Bar>
      <Loaded of={answer}>
        <DataGrid
          label={title}
          columns={columns}
          count={items.length}
          row={(index) => items[index]}
          rowKey={rowKey}
          onOpen={onOpen}
          onVisible={(_, last) => {
            if (last >= items.length - 20 && answer.hasNextPage && !answer.isFetchingNextPage)
              void answer.fetchNextPage();
          }}
          foot={<span>{foot(items.length)}</span>}
          empty={words === "" ? empty : <NothingFound noun={noun} />}
        />
      </Loaded>
    </Page>
  );
}

function NothingFound({ noun }: { noun: string }) {
  return (
    <Empty title={`No ${noun} is called that`}>
      Names are searched for the typed words anywhere in them.
    </Empty>
  );
}
