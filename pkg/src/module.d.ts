/** A module that a bundler or a worker has compiled: `tactful/core.wasm`, `tactful/ledger.wasm`. */
declare const module: WebAssembly.Module;
export default module;
