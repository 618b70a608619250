/** Saves a chart as PNG; the code for it comes with the first one that is saved. */
export function savePicture(holder: HTMLElement | null, name: string): void {
  void import("./save-picture").then((code) => code.savePicture(holder, name));
}
