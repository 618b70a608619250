import { errorFrom, unreachable } from "@/shared/api/errors";

export const READ_BYTES = 262_144;

/** At most the first 256 kB of a file as text; more is what a download is for. */
export async function readText(address: string): Promise<string> {
  const response = await fetch(address, { headers: { Range: `bytes=0-${READ_BYTES - 1}` } }).catch(() => {
    throw unreachable();
  });
  // An empty file cannot satisfy any range.
  if (response.status === 416) return "";
  if (!response.ok) throw errorFrom(response, await response.json().catch(() => null));
  return response.text();
}
