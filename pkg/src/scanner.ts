/**
 * Reads a code with the camera: the browser's own `BarcodeDetector` where it reads product codes, else one that the host
 * brings and that is loaded only now. Pictures never leave the page; what is found is for `observe({ type: "scan" })`.
 */

import { must } from "./errors.js";

/** What reads codes from a picture: the part of the Barcode Detection API that is used. */
export interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { rawValue: string; format: string }[]>;
}

/** The class of the Barcode Detection API, as browsers and the package `barcode-detector` have it. */
export interface DetectorClass {
  // NOTE: `never[]`, since each implementation has its own list of names.
  new (options: { formats: never[] }): Detector;
  getSupportedFormats(): Promise<readonly string[]>;
}

/** How to scan. */
export interface ScanOptions {
  /** Shows what the camera sees; it must be in the page, and scanning ends when it leaves it. */
  video: HTMLVideoElement;
  /**
   * Loads a detector where the browser has none that reads EAN-13, such as
   * `() => import("barcode-detector/ponyfill")`. It is called when the scan begins, and not before.
   */
  fallback?: () => Promise<{ readonly BarcodeDetector: DetectorClass }>;
  /** Ends the scan when it is aborted. */
  signal?: AbortSignal;
  /** Symbols to look for, by their names in the Barcode Detection API; those that the detector does not know are left out. */
  formats?: readonly string[];
}

/** How a scan ended. */
export type Scanned =
  | { kind: "found"; code: string; format: string }
  /** Aborted, or the video left the page. */
  | { kind: "stopped" }
  | { kind: "failed"; why: ScanFailure; message: string };

/** Why a scan failed. */
export type ScanFailure = keyof typeof MESSAGES;

const MESSAGES = {
  denied: "the camera may not be used; allow it for this site in the browser's settings",
  "no-camera": "this device has no camera that a page can use",
  "in-use": "the camera does not answer; another program may be using it",
  insecure: "a page may use the camera only over https, and in a frame only with `allow=\"camera\"`",
  "no-detector": "this browser cannot read barcodes, and what should do it instead was not given or did not load",
} as const;

/** Names of `DOMException` that `getUserMedia` throws, and what they mean (Media Capture and Streams, section 10.3.1). */
const REFUSALS: Readonly<Record<string, ScanFailure>> = {
  NotAllowedError: "denied", SecurityError: "insecure", NotFoundError: "no-camera", OverconstrainedError: "no-camera",
};

/** Retail symbols, and the two-dimensional ones that carry GS1 Digital Links and element strings. */
const FORMATS: readonly string[] = [
  "ean_13", "ean_8", "upc_a", "upc_e", "itf", "code_128", "qr_code", "data_matrix", "databar", "databar_expanded",
];

/** From one look to the next, milliseconds. */
const PAUSE_MS = 100;
/** Looks in a row that may fail before the detector counts as broken. */
const PATIENCE = 20;

/**
 * Opens the camera into `video` and resolves when a code is found, the scan is stopped, or it cannot be done; it rejects
 * only without a video, and the camera is off when it resolves.
 */
export async function scan(options: ScanOptions): Promise<Scanned> {
  must([options, "options", "`{ video }`", "video"]);
  const { video, fallback, signal, formats = FORMATS } = options;
  const detector = await detectorOf(formats, fallback);
  if (!detector) return failed("no-detector");
  if (signal?.aborted) return { kind: "stopped" };
  const stream = await openCamera();
  if (typeof stream === "string") return failed(stream);
  try {
    video.srcObject = stream;
    video.muted = true;
    // Not awaited: a camera may never begin, and it rejects when the video leaves the page, which the watch sees too.
    video.play().catch(() => undefined);
    return await watch(video, detector, stream, signal);
  } finally {
    for (const track of stream.getTracks()) track.stop();
    // Another scan may have begun on the same video meanwhile.
    if (video.srcObject === stream) video.srcObject = null;
  }
}

const failed = (why: ScanFailure): Scanned => ({ kind: "failed", why, message: MESSAGES[why] });

/** The browser's own detector, else the host's; `undefined` where neither reads EAN-13. */
async function detectorOf(formats: readonly string[], fallback: ScanOptions["fallback"]): Promise<Detector | undefined> {
  const { BarcodeDetector: native } = globalThis as { BarcodeDetector?: DetectorClass };
  try {
    return (native && (await made(native, formats))) ?? (fallback && (await made((await fallback()).BarcodeDetector, formats)));
  } catch {
    return undefined;
  }
}

async function made(Detector: DetectorClass, formats: readonly string[]): Promise<Detector | undefined> {
  // Where a system has no reader, a browser has the class and no formats.
  const known = await Detector.getSupportedFormats().catch((): string[] => []);
  if (!known.includes("ean_13")) return undefined;
  return new Detector({ formats: formats.filter((format) => known.includes(format)) as never[] });
}

/** The camera that looks away from the shopper, where there are two. */
async function openCamera(): Promise<MediaStream | ScanFailure> {
  try {
    return (await navigator.mediaDevices?.getUserMedia({ video: { facingMode: "environment" } })) ?? "insecure";
  } catch (error) {
    return REFUSALS[(error as DOMException).name] ?? "in-use";
  }
}

async function watch(video: HTMLVideoElement, detector: Detector, stream: MediaStream, signal?: AbortSignal): Promise<Scanned> {
  let missed = 0;
  while (!signal?.aborted && video.isConnected) {
    if (!stream.active) return failed("in-use");
    const isPlaying = video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    const seen = isPlaying ? await detector.detect(video).catch(() => undefined) : [];
    const [code] = seen ?? [];
    if (code && !signal?.aborted) return { kind: "found", code: code.rawValue, format: code.format };
    missed = seen ? 0 : missed + 1;
    if (missed > PATIENCE) return failed("no-detector");
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return { kind: "stopped" };
}
