/** What the server said when it refused, or that it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId: string | null,
    readonly facts: Readonly<Record<string, unknown>>,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

export function errorFrom(response: Response, body: unknown): ApiError {
  const said = isRecord(body) ? body : {};
  return new ApiError(
    response.status,
    typeof said.code === "string" ? said.code : "unknown",
    typeof said.message === "string"
      ? said.message
      : `The server answered ${response.status} without saying why.`,
    typeof said.request_id === "string" ? said.request_id : response.headers.get("x-request-id"),
    isRecord(said.facts) ? said.facts : {},
  );
}

export function unreachable(): ApiError {
  const message = "The server cannot be reached. It may be restarting, or the network is down.";
  return new ApiError(0, "unreachable", message, null, {});
}

const WAYS: Record<number, string> = {
  0: "The page tries again by itself.",
  401: "Sign in again.",
  403: "Ask an administrator for the permission named above.",
  404: "It may have been renamed or deleted. Search with Ctrl+K, or go back.",
  409: "Somebody may have changed it in the meantime. Reload to see the present state, then decide again.",
  429: "The server is busy. The page tries again by itself.",
  503: "The server is busy. The page tries again by itself.",
};

/** What a person can do next; one sentence per kind of refusal. */
export function wayOn(error: unknown): string {
  if (!(error instanceof ApiError))
    return "Reload the page. If it happens again, report it with the text above.";
  // Nobody renames or deletes what the ledger keeps; the message has the reasons that there are.
  if ("on_its_way" in error.facts) return "The page of its deployment lists what the ledger keeps.";
  const way = WAYS[error.status];
  if (way) return way;
  return error.status >= 500
    ? "This is the server's fault. Its log has the details under the request id."
    : "Change what was asked and try again.";
}
