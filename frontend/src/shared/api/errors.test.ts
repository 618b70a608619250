import { describe, expect, test } from "vitest";
import { setPaused } from "@/shared/lib/live";
import { type ApiError, errorFrom, unreachable, wayOn } from "./errors";
import { askedOnReturn, retry } from "./query-client";

function refused(status: number, body: unknown = {}): ApiError {
  return errorFrom(new Response(null, { status, headers: { "x-request-id": "from-header" } }), body);
}

describe("a refusal", () => {
  test("carries the server's words, facts and request id", () => {
    const error = refused(409, { code: "conflict", message: "moved", facts: { at: 4 }, request_id: "r1" });

    expect([error.code, error.message, error.facts, error.requestId]).toEqual([
      "conflict",
      "moved",
      { at: 4 },
      "r1",
    ]);
  });

  test.each([[null], ["<html>"], [{ message: 7 }]])("is readable when its body is %j", (body) => {
    const error = refused(502, body);

    expect([error.message, error.requestId]).toEqual([
      "The server answered 502 without saying why.",
      "from-header",
    ]);
  });

  test.each([0, 400, 401, 403, 404, 409, 429, 500, 503])("with status %d names a way on", (status) => {
    expect(wayOn(status === 0 ? unreachable() : refused(status))).toMatch(/\.$/);
  });
});

describe("asking again", () => {
  test.each([
    [503, true],
    [0, true],
    [404, false],
    [400, false],
    [500, false],
  ])("after status %d is %s", (status, again) => {
    expect(retry(0, status === 0 ? unreachable() : refused(status))).toBe(again);
  });

  test("ends", () => {
    expect(retry(4, refused(503))).toBe(false);
  });
});

test("a page that somebody comes back to asks again, unless it is paused", () => {
  const running = askedOnReturn();
  setPaused(true);
  const paused = askedOnReturn();
  setPaused(false);

  expect([running, paused]).toEqual([true, false]);
});
