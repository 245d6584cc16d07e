// Loads the WebAssembly app without an inline script, so that the CSP needs no 'unsafe-inline'.
const { js, wasm } = document.querySelector("script[data-wasm]").dataset;
const { default: init } = await import(new URL(js, document.baseURI));
await init({ module_or_path: new URL(wasm, document.baseURI) });
