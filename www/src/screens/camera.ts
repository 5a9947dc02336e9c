/** The camera of the scan screen, loaded when it is opened for the first time. */
import { type ScanFailure, scan } from "tactful/scanner";
import type { App } from "../app.js";

const FAILS: Record<App["language"], Record<ScanFailure, string>> = {
  en: {
    denied: "The camera may not be used. You can allow it in your browser's settings.",
    "no-camera": "No camera was found.",
    "in-use": "The camera does not answer. Perhaps another program is using it.",
    insecure: "The camera needs a secure page (https).",
    "no-detector": "This browser cannot read barcodes.",
  },
  de: {
    denied: "Die Kamera darf nicht benutzt werden. Du kannst sie in den Einstellungen des Browsers erlauben.",
    "no-camera": "Es wurde keine Kamera gefunden.",
    "in-use": "Die Kamera antwortet nicht. Vielleicht benutzt sie ein anderes Programm.",
    insecure: "Die Kamera braucht eine sichere Seite (https).",
    "no-detector": "Dieser Browser kann keine Strichcodes lesen.",
  },
};

let watching: AbortController | undefined;

/** Turns the camera on until it has read one code, and off when it is on. It goes off, too, when the screen is left. */
export async function turn(app: App, video: HTMLVideoElement, button: HTMLElement): Promise<void> {
  if (watching) return watching.abort();
  const { signal } = (watching = new AbortController());
  video.hidden = false;
  button.textContent = app.words.cameraOff;
  const ended = await scan({ video, signal, fallback: () => import("../lib/detector.js") });
  watching = undefined;
  video.hidden = true;
  button.textContent = app.words.camera;
  if (ended.kind === "found") app.scan(ended.code);
  if (ended.kind === "failed") app.tell(FAILS[app.language][ended.why]);
}
