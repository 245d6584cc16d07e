// Loads the WebAssembly app without an inline script, so that the CSP needs no 'unsafe-inline'.

// Leptos makes its static markup (and the icons) through innerHTML. Trusted Types let only that through: elements with
// harmless attributes. Event handlers, links, scripts and whatever a hostile name might hold are refused.
const markup =
  /^(?:[^<>]|<\/?[a-z][a-z0-9-]*(?:\s+(?:class|role|id|type|hidden|title|aria-[a-z]+|d|cx|cy|r|rx|ry|x|y|x1|x2|y1|y2|width|height|points|fill|stroke|stroke-[a-z]+|viewBox)(?:="[^"<>]*")?)*\s*\/?>|<!>|<!---->)*$/;
globalThis.trustedTypes?.createPolicy("default", {
  createHTML: (html) => {
    if (markup.test(html) && !/<\/?(?:script|iframe|object|embed|style|base|meta|link|form)\b/i.test(html)) return html;
    throw new TypeError("Carrete did not write this markup");
  },
});

const { js, wasm } = document.querySelector("script[data-wasm]").dataset;
const { default: init } = await import(new URL(js, document.baseURI));
await init({ module_or_path: new URL(wasm, document.baseURI) });
