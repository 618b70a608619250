import { afterEach, expect, test, vi } from "vitest";
import { api } from "@/shared/api/client";
import { queryClient } from "@/shared/api/query-client";
import { firstPageQuery } from "../api/run-pages";
import { columnsQuery, manyQuery } from "../api/runs";
import { askRuns } from "./ask-runs";
import { askFor, choicesFrom } from "./runs-question";

const COLUMNS = { counted: 1, params: [], metrics: [], tags: [], shown: { params: ["p"], metrics: ["m"] } };
const ITEMS = Array.from({ length: 150 }, (_, at) => ({ id: String(at) }));

afterEach(() => {
  vi.restoreAllMocks();
  queryClient.clear();
});

test("columns and rows come in one answer, which the page finds under its own questions", async () => {
  // Not a mocked module: files of tests share theirs, and one that another has loaded is not mocked any more.
  const rows = { items: ITEMS, total: 900, next_page_token: "behind" };
  vi.spyOn(api, "POST").mockResolvedValue({ data: { columns: COLUMNS, rows }, response: new Response() });
  const prefetch = vi.spyOn(queryClient, "prefetchQuery");
  askRuns("7", { view: "scatter" });
  await vi.waitFor(() => expect(queryClient.getQueryData(columnsQuery("7", "").queryKey)).toEqual(COLUMNS), {
    timeout: 60_000,
  });

  const wanted = askFor("7", { view: "scatter" }, choicesFrom({}, COLUMNS));
  expect(queryClient.getQueryData(manyQuery(wanted).queryKey)?.items).toHaveLength(150);
  expect(queryClient.getQueryData(firstPageQuery(wanted).queryKey)).toMatchObject({
    total: 900,
    token: null,
  });
  expect(queryClient.getQueryData(firstPageQuery(wanted).queryKey)?.items).toHaveLength(100);
  expect(prefetch.mock.calls.map(([{ queryKey }]) => queryKey.slice(0, 2).join(" "))).not.toContain(
    "runs search",
  );
}, 90_000);
