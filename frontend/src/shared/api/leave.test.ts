import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import { isHeld } from "@/shared/lib/live";
import { deleteAndLeave } from "./leave";

const KEY = ["model", "churn", "version", 3];
const client = new QueryClient();
afterEach(() => client.clear());

/** A page that shows the thing, and how often the server was asked about it. */
function page() {
  const asked = vi.fn(async () => "version 3");
  const observer = new QueryObserver(client, { queryKey: [...KEY, "held-by"], queryFn: asked });
  const leave = observer.subscribe(() => undefined);
  return { asked, leave };
}

test("nothing asks for what is deleted, however late its page goes, and everything else is asked for again", async () => {
  const { asked, leave } = page();
  const list = vi.fn(async () => []);
  const other = new QueryObserver(client, { queryKey: ["models"], queryFn: list }).subscribe(() => undefined);
  await vi.waitFor(() => expect(list).toHaveBeenCalledTimes(1));
  const held: boolean[] = [];

  await deleteAndLeave(client, {
    about: [KEY],
    remove: async () => held.push(isHeld()),
    go: async () => void setTimeout(leave, 20), // the address changes before the page does
  });

  expect([held, isHeld(), asked.mock.calls.length]).toEqual([[true], false, 1]);
  expect(client.getQueryCache().findAll({ queryKey: KEY })).toEqual([]);
  expect(list).toHaveBeenCalledTimes(2);
  other();
});

test("a refused deletion leaves the page as it was", async () => {
  const { leave } = page();
  const go = vi.fn();
  const refused = deleteAndLeave(client, {
    about: [KEY],
    remove: () => Promise.reject(new Error("held")),
    go,
  });

  await expect(refused).rejects.toThrow("held");
  expect([isHeld(), go.mock.calls.length]).toEqual([false, 0]);
  expect(client.getQueryCache().findAll({ queryKey: KEY })).toHaveLength(1);
  leave();
});
