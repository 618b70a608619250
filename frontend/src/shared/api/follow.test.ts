import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, type Mock, test, vi } from "vitest";
import { following, setPaused } from "@/shared/lib/live";
import { follow } from "./follow";

/** Streams that were opened, in order; a test says what the server does with them. */
class Stream {
  static opened: Stream[] = [];
  onopen: () => void = () => undefined;
  onmessage: (message: { data: string; lastEventId: string }) => void = () => undefined;
  onerror: () => void = () => undefined;
  close = vi.fn();

  constructor(readonly url: string) {
    Stream.opened.push(this);
  }

  tell(id: number, subject: string): void {
    this.onmessage({ data: JSON.stringify({ id, subject }), lastEventId: String(id) });
  }
}

/** Longer than any pause before a stream is opened or an event is acted on, and shorter than a break. */
const LONG_MS = 60_000;
const SEEN = "41";

let client: QueryClient;
let stop: () => void;
let seesChange: () => void;
let visibility: "visible" | "hidden";
let asked: Record<"models" | "jobs", Mock<() => Promise<number>>>;

function begin(seen: string): void {
  vi.stubGlobal("document", {
    querySelector: () => ({ content: seen }),
    get visibilityState() {
      return visibility;
    },
    addEventListener: (_: string, listener: () => void) => {
      seesChange = listener;
    },
    removeEventListener: () => undefined,
  });
  stop = follow(client);
}

/** The stream that is open after a while. */
async function stream(): Promise<Stream> {
  await vi.advanceTimersByTimeAsync(LONG_MS);
  return Stream.opened.at(-1) as Stream;
}

function show(next: "visible" | "hidden"): void {
  visibility = next;
  seesChange();
}

/** How often each question was asked besides the first time. */
function askedAgain(): number[] {
  return [asked.models.mock.calls.length - 1, asked.jobs.mock.calls.length - 1];
}

beforeEach(async () => {
  vi.useFakeTimers();
  Stream.opened = [];
  visibility = "visible";
  vi.stubGlobal("EventSource", Stream);
  vi.stubGlobal("window", { setTimeout, clearTimeout });
  client = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  asked = { models: vi.fn(async () => 1), jobs: vi.fn(async () => 1) };
  for (const [noun, queryFn] of Object.entries(asked))
    new QueryObserver(client, { queryKey: [noun], queryFn }).subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(0);
});

afterEach(() => {
  stop();
  setPaused(false);
  client.clear();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("a visit asks nothing twice: the stream begins behind the event that the document names", async () => {
  begin(SEEN);
  (await stream()).onopen();
  await vi.advanceTimersByTimeAsync(LONG_MS);

  expect(Stream.opened.map(({ url }) => url)).toEqual([`/api/v1/events/stream?after=${SEEN}`]);
  expect([following(), ...askedAgain()]).toEqual(["told", 0, 0]);
});

test("what happened before the stream was open is told, and only what it makes stale is asked again", async () => {
  begin(SEEN);
  const opened = await stream();
  opened.onopen();
  opened.tell(42, "models/churn");
  opened.tell(43, "models/churn");
  await vi.advanceTimersByTimeAsync(LONG_MS);

  expect(askedAgain()).toEqual([1, 0]);
});

test("without a number everything is asked again once the stream is open", async () => {
  begin("");
  (await stream()).onopen();
  await vi.advanceTimersByTimeAsync(LONG_MS);

  expect(Stream.opened.map(({ url }) => url)).toEqual(["/api/v1/events/stream"]);
  expect(askedAgain()).toEqual([1, 1]);
});

test("a page that was out of sight for a moment goes on behind the last event that it was told", async () => {
  begin(SEEN);
  const first = await stream();
  first.onopen();
  first.tell(57, "runs/1");
  show("hidden");
  expect([first.close.mock.calls.length, following()]).toEqual([1, "asking"]);
  show("visible");
  const second = await stream();
  second.onopen();

  expect([second.url, ...askedAgain()]).toEqual(["/api/v1/events/stream?after=57", 0, 0]);
});

test("after a long break everything is asked again instead of being told", async () => {
  begin(SEEN);
  (await stream()).onopen();
  show("hidden");
  await vi.advanceTimersByTimeAsync(10 * LONG_MS);
  show("visible");
  const second = await stream();
  second.onopen();

  expect([second.url, ...askedAgain()]).toEqual(["/api/v1/events/stream", 1, 1]);
});

test("a lost stream is opened again, and what no event told of is asked again too", async () => {
  begin(SEEN);
  const first = await stream();
  first.onopen();
  first.onerror();
  expect(following()).toBe("asking");
  const second = await stream();
  second.onopen();
  second.onopen();

  expect([Stream.opened.length, following(), ...askedAgain()]).toEqual([2, "told", 1, 1]);
});

test("a paused page asks nothing, not even for what it was just told, and everything once it is resumed", async () => {
  begin(SEEN);
  const first = await stream();
  first.onopen();
  first.tell(42, "models/churn");
  setPaused(true);
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect([Stream.opened.length, following(), ...askedAgain()]).toEqual([1, "paused", 0, 0]);
  setPaused(false);
  (await stream()).onopen();

  expect([Stream.opened.length, ...askedAgain()]).toEqual([2, 1, 1]);
});
