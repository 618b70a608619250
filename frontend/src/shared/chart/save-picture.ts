import { download } from "@/shared/lib/download";
import { tokenColour } from "@/shared/lib/theme";
import { FONT } from "./canvas";

const TITLE = 28;
const LINE = 18;
const EDGE = 8;
const SWATCH = 22;
const GAP = 14;

/** Which line each of these widths stands on, and where on it, when a line has so much room. */
export function laidOut(widths: readonly number[], room: number): { line: number; x: number }[] {
  let line = 0;
  let x = 0;
  return widths.map((width) => {
    if (x > 0 && x + width > room) {
      line += 1;
      x = 0;
    }
    const place = { line, x };
    x += width + GAP;
    return place;
  });
}

/** Saves the first chart inside `holder` as PNG, on the page's ground, with its name above it. What the page says about
 *  it in words comes along: its legend (`data-mark`, a line's colour) and words over the canvas (`data-over`). */
export function savePicture(holder: HTMLElement | null, name: string): void {
  const drawn = holder?.querySelector("canvas");
  const pen = document.createElement("canvas").getContext("2d");
  if (!holder || !drawn || !pen) return;
  const box = drawn.getBoundingClientRect();
  const legend = [...holder.querySelectorAll<HTMLElement>("[data-mark]")];
  pen.font = FONT;
  const places = laidOut(
    legend.map((mark) => SWATCH + pen.measureText(mark.textContent).width),
    box.width - 2 * EDGE,
  );
  const foot = legend.length > 0 ? ((places.at(-1)?.line ?? 0) + 1) * LINE + EDGE : 0;
  const ratio = drawn.width / box.width;
  const { canvas } = pen;
  canvas.width = drawn.width;
  canvas.height = Math.round((TITLE + box.height + foot) * ratio);
  pen.scale(ratio, ratio);
  pen.fillStyle = tokenColour("--surface");
  pen.fillRect(0, 0, box.width, TITLE + box.height + foot);
  pen.drawImage(drawn, 0, TITLE, box.width, box.height);
  pen.textBaseline = "middle";
  pen.fillStyle = tokenColour("--ink");
  pen.font = `bold ${FONT.replace("11px", "13px")}`;
  pen.fillText(name, EDGE, TITLE / 2, box.width - 2 * EDGE);
  pen.font = FONT;
  for (const words of holder.querySelectorAll<HTMLElement>("[data-over]")) {
    const at = words.getBoundingClientRect();
    pen.fillText(words.textContent, at.left - box.left, TITLE + at.top - box.top + at.height / 2, at.width);
  }
  legend.forEach((mark, index) => {
    const { line, x } = places[index] ?? { line: 0, x: 0 };
    const y = TITLE + box.height + line * LINE + LINE / 2;
    pen.strokeStyle = mark.dataset.mark ?? "";
    pen.setLineDash((mark.dataset.dash ?? "").split(",").map(Number).filter(Boolean));
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(EDGE + x, y);
    pen.lineTo(EDGE + x + 16, y);
    pen.stroke();
    pen.fillText(mark.textContent, EDGE + x + SWATCH, y);
  });
  canvas.toBlob((blob) => blob && download(`${name}.png`, "image/png", blob));
}
