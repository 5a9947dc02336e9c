/** Longest wait for the font, milliseconds: a shop without pictures is better than none. */
const PATIENCE_MS = 3_000;

/**
 * Has the shop's own font of pictures at hand before the first is drawn, where the system draws none in colour.
 *
 * Chromium keeps what it drew before a font was there, so it does not do to draw first.
 */
export async function pictures(): Promise<void> {
  if (coloured("🥛")) return;
  const loaded = document.fonts.load("16px Pictures", "🥛").catch(() => []);
  await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
}

/** Whether the system's fonts draw a character in colour, as fonts of pictures do. */
function coloured(character: string): boolean {
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!brush) return true;
  brush.font = "16px sans-serif";
  brush.fillText(character, 0, 16);
  const { data } = brush.getImageData(0, 0, 24, 24);
  return data.some((value, at) => at % 4 === 0 && (value !== data[at + 1] || value !== data[at + 2]));
}
