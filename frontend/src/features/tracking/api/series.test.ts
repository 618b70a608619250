import { afterEach, expect, test, vi } from "vitest";
import { api } from "@/shared/api/client";
import { queryClient } from "@/shared/api/query-client";
import { SERIES_AT_ONCE, type SeriesWanted, seriesQuery } from "./series";

interface Asked {
  run_ids: string[];
  keys: string[];
}

let asked: Asked[] = [];

/** A server that knows every metric but `lost`, and refuses runs called `away`. */
function serve() {
  asked = [];
  const answer = async (_: string, { body }: { body: Asked }) => {
    asked.push(body);
    if (body.run_ids.includes("away"))
      return { error: { message: "gone" }, response: new Response(null, { status: 404 }) };
    const keys = body.keys.filter((key) => key !== "lost");
    return { data: { metrics: keys.map((key) => ({ key, series: [] })) }, response: new Response() };
  };
  vi.spyOn(api, "POST").mockImplementation(answer as unknown as typeof api.POST);
}

function wanted(key: string, more: Partial<SeriesWanted> = {}) {
  return queryClient.fetchQuery(seriesQuery({ runIds: ["a"], key, width: 800, axis: "step", ...more }));
}

afterEach(() => {
  vi.restoreAllMocks();
  queryClient.clear();
});

test("charts of the same runs that ask together are one request, each with its own answer", async () => {
  serve();
  const found = await Promise.all([wanted("loss"), wanted("lost"), wanted("auc")]);

  expect(asked.map(({ keys }) => keys)).toEqual([["loss", "lost", "auc"]]);
  expect(found.map(({ key }) => key)).toEqual(["loss", "lost", "auc"]);
});

test("charts of other runs, another axis or another range are asked for apart", async () => {
  serve();
  await Promise.all([
    wanted("loss"),
    wanted("auc", { runIds: ["b"] }),
    wanted("auc", { axis: "time" }),
    wanted("auc", { range: [1, 2] }),
  ]);

  expect(asked.map(({ keys }) => keys)).toEqual([["loss"], ["auc"], ["auc"], ["auc"]]);
});

test("one request asks for no more series than the first chart can wait for", async () => {
  serve();
  const runIds = Array.from({ length: 25 }, (_, at) => `run${at}`);
  await Promise.all(["a", "b", "c", "d", "e"].map((key) => wanted(key, { runIds })));

  expect(asked.map(({ keys, run_ids }) => keys.length * run_ids.length)).toEqual([50, 50, 25]);
  expect(SERIES_AT_ONCE).toBe(60);
});

test("a refusal reaches every chart that asked, and no other", async () => {
  serve();
  const refused = Promise.allSettled(["loss", "auc"].map((key) => wanted(key, { runIds: ["away"] })));
  const found = await wanted("loss");

  expect(found.key).toBe("loss");
  expect(await refused).toMatchObject([
    { status: "rejected", reason: { status: 404 } },
    { status: "rejected", reason: { status: 404 } },
  ]);
});
