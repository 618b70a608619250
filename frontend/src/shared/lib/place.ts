/** Where this server's page lives: "" at the root, "/ml" behind a proxy that adds a path.
 *  The server writes it into index.html, because a strict content policy forbids an inline script. */
export const prefix: string =
  document.querySelector<HTMLMetaElement>('meta[name="modelwright-prefix"]')?.content ?? "";

/** This server's own address as a person would paste it into code. */
export const serverAddress: string = `${window.location.origin}${prefix}`;

export function apiUrl(path: string): string {
  return `${prefix}/api/v1${path}`;
}
