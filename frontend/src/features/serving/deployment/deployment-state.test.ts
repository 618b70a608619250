import { describe, expect, test } from "vitest";
import type { RouteShown } from "../api/serving";
import { standby, stateOf } from "./deployment-state";

function route(share: number, status: "ready" | "failed" | "loading" | null, fresh = true): RouteShown {
  const report = { deployment: "d", route: "r", manifest: "", reason: "", engine: "", isolated: false };
  const more = {
    load_ms: 0,
    memory_bytes: 0,
    restarts: 0,
    parity: null,
    version: { model: "fraud", number: 1 },
  };
  return {
    id: `r${share}`,
    version: { model: "fraud", number: 1 },
    manifest: "",
    share,
    mode: "live",
    settings: {} as RouteShown["settings"],
    reports: status === null ? [] : [{ node: "a", fresh, report: { ...report, ...more, status } }],
  };
}

describe("a deployment is as well as the routes that answer", () => {
  test.each([
    [[route(1, "ready")], "ready"],
    [[route(1, null)], "no node"],
    [[route(1, "ready", false)], "no node"],
    [[route(0.5, "ready"), route(0.5, "failed")], "failed"],
    [[route(1, "ready"), route(0, "failed")], "ready"],
  ])("case %#", (routes, expected) => {
    expect(stateOf({ stopped: false, routes })).toBe(expected);
  });
});

describe("one can go back", () => {
  const routes = [route(0, "ready"), route(1, "ready")];

  test("to the version that is still loaded", () => {
    expect(standby({ routes, rollout: null, stopped: false })).toBe(routes[0]);
  });

  test("but not to a candidate that was taken back, nor to what cannot be loaded", () => {
    const after = [route(1, "ready"), route(0, "ready")];
    expect(standby({ routes: after, rollout: null, stopped: false })).toBeUndefined();
    const failed = [route(0, "failed"), route(1, "ready")];
    expect(standby({ routes: failed, rollout: null, stopped: false })).toBeUndefined();
  });

  test("but not while a rollout moves the traffic, nor when both answer", () => {
    expect(standby({ routes, rollout: 3, stopped: false })).toBeUndefined();
    const both = [route(0.5, "ready"), route(0.5, "ready")];
    expect(standby({ routes: both, rollout: null, stopped: false })).toBeUndefined();
  });
});
