/** Reads barcodes where the browser cannot: ZXing, loaded with its module from this host when the camera is first used. */
import { prepareZXingModule } from "barcode-detector/ponyfill";

export { BarcodeDetector } from "barcode-detector/ponyfill";

prepareZXingModule({ overrides: { locateFile: (file: string) => new URL(file, import.meta.url).href } });
