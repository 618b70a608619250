import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { ErrorNotice } from "@/shared/ui/notice";
import { Page } from "@/shared/ui/page";

/** The last resort: a page that failed while drawing. The rest of the frame stays usable. */
export function PageFailed({ error, reset }: ErrorComponentProps) {
  return (
    <Page title="This page failed">
      <ErrorNotice error={error} onRetry={reset} />
    </Page>
  );
}

export function NoSuchPage() {
  return (
    <Page title="There is no such page" lead="The address may be mistyped, or what it named may be gone.">
      <p>
        Press <kbd>Ctrl K</kbd> to find it by name, or go to <Link to="/experiments">experiments</Link> or{" "}
        <Link to="/models">models</Link>.
      </p>
    </Page>
  );
}
