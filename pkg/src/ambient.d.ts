declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

/** As much of Node as the entry for it needs. */
declare module "node:fs/promises" {
  export function readFile(path: URL | string): Promise<Uint8Array<ArrayBuffer>>;
}
