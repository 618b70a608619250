import { download } from "@/shared/lib/download";
import { tokenColour } from "@/shared/lib/theme";

/** Saves the first chart inside `holder` as PNG, on the page's ground instead of a transparent one. */
export function savePicture(holder: HTMLElement | null, name: string): void {
  const drawn = holder?.querySelector("canvas");
  if (!drawn) return;
  const copy = document.createElement("canvas");
  copy.width = drawn.width;
  copy.height = drawn.height;
  const pen = copy.getContext("2d");
  if (!pen) return;
  pen.fillStyle = tokenColour("--surface");
  pen.fillRect(0, 0, copy.width, copy.height);
  pen.drawImage(drawn, 0, 0);
  copy.toBlob((blob) => blob && download(`${name}.png`, "image/png", blob));
}
