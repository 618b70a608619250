/** A word that a POSIX shell takes as it is: tags are anybody's text, and this ends up in a terminal. */
export function quoted(word: string): string {
  return /^[\w./:@=+-]+$/.test(word) && !word.startsWith("-") ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** What is known about how the run was made, as commands; empty when nothing is. */
export function reproduceCommands(tags: Readonly<Record<string, string>>): string {
  const repository = tags["mlflow.source.git.repoURL"] ?? tags["mlflow.gitRepoURL"];
  const commit = tags["mlflow.source.git.commit"];
  const source = tags["mlflow.source.name"];
  const lines: string[] = [];
  if (repository) lines.push(`git clone ${quoted(repository)} code && cd code`);
  if (commit) lines.push(`git checkout ${quoted(commit)}`);
  if (source?.endsWith(".py")) lines.push(`python ${quoted(source)}`);
  else if (source?.endsWith(".ipynb")) lines.push(`jupyter execute ${quoted(source)}`);
  return commit || repository ? lines.join("\n") : "";
}

/** What somebody wrote, without what the client adds about itself. */
export function ownTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith("mlflow.")));
}
