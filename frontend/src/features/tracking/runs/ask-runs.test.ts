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

/** Answers each address with what it is given here, and notes what was asked. */
function answering(answers: Record<string, object>): unknown[] {
  const asked: unknown[] = [];
  const answer = async (path: string, { body }: { body?: unknown } = {}) => {
    asked.push({ path, body });
    return { data: answers[path] ?? {}, response: new Response() };
  };
  vi.spyOn(api, "POST").mockImplementation(answer as unknown as typeof api.POST);
  vi.spyOn(api, "GET").mockImplementation(answer as unknown as typeof api.GET);
  return asked;
}

test("the first charts are asked for in one request as soon as runs and metrics are known", async () => {
  const metrics = Array.from({ length: 9 }, (_, at) => ({ key: `m${at}`, runs: 1, min: 0, max: 1 }));
  const rows = { items: ITEMS, total: 900, next_page_token: null };
  const asked = answering({
    "/api/v1/runs/table": { columns: { ...COLUMNS, metrics }, rows },
    "/api/v1/runs/series": { metrics: [] },
  });
  askRuns("7", { view: "charts", zoom: [10, 20.5] });
  const series = () => asked.filter((one) => (one as { path: string }).path === "/api/v1/runs/series");
  await vi.waitFor(() => expect(series()).not.toEqual([]), { timeout: 60_000 });

  const run_ids = ITEMS.slice(0, 10).map(({ id }) => id);
  const keys = ["m0", "m1", "m2", "m3", "m4", "m5"];
  const body = { run_ids, keys, width: 800, axis: "step", from_step: 10, to_step: 21 };
  expect(series()).toEqual([{ path: "/api/v1/runs/series", body }]);
}, 90_000);

test("an address that says nothing asks once, for what the default view shows", async () => {
  const state = { sort: "-metrics.m", q: "params.p = '1'" };
  const views = { items: [{ id: 1, is_default: true, state }] };
  const rows = { items: ITEMS, total: 900, next_page_token: null };
  const asked = answering({ "/api/v1/views": views, "/api/v1/runs/table": { columns: COLUMNS, rows } });
  askRuns("7", {});
  const wanted = askFor("7", state, choicesFrom({}, COLUMNS));
  await vi.waitFor(() => expect(queryClient.getQueryData(firstPageQuery(wanted).queryKey)).toBeDefined(), {
    timeout: 60_000,
  });

  const tables = asked.filter((one) => (one as { path: string }).path === "/api/v1/runs/table");
  expect(tables).toMatchObject([{ body: { filter: state.q, order_by: ["metrics.m DESC"] } }]);
}, 90_000);
