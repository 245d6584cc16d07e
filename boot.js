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

// Two programs. The door (the sign-in form) is small and comes first; the app is fetched, compiled and made ready, unseen,
// while somebody types. Whoever has a session in this tab needs no door.
const url = (path) => new URL(path, document.baseURI);
const door = document.querySelector("script[data-wasm]").dataset;
let app;
let attempt = 0;
const prepareApp = () => {
  app ??= Promise.all([
    // Browsers may remember a module that failed, so another try has another address.
    import(url(`./carrete-app.js${attempt++ ? `?${attempt}` : ""}`)),
    WebAssembly.compileStreaming(fetch(url("./carrete-app_bg.wasm"))),
  ]).then(async ([{ default: init }, module]) => {
    await idle();
    await init({ module_or_path: module });
  });
  // Once more when nobody types: the app draws its first screen unseen, so that the browser has compiled it when it counts.
  app.then(idle).then(() => wanted || dispatchEvent(new CustomEvent("carrete-rehearse"))).catch(() => {});
  // What failed is tried again the next time that it is needed.
  app.catch(() => (app = undefined));
  return app;
};
// Not between two keys of somebody who types; nobody waits longer than this for an app that is wanted now.
let wanted = false;
const idle = () =>
  wanted ? undefined : new Promise((go) => (globalThis.requestIdleCallback ?? setTimeout)(go, { timeout: 1000 }));
const startApp = async () => {
  wanted = true;
  await prepareApp();
  dispatchEvent(new CustomEvent("carrete-open"));
};
const startDoor = async () => {
  const { default: init } = await import(url(door.js));
  await init({ module_or_path: url(door.wasm) });
};

// The sign-in changes hands here, in memory, and is forgotten as soon as it is taken.
let handedOver;
const open = () => startApp().catch(() => dispatchEvent(new CustomEvent("carrete-lost")));
addEventListener("carrete-give", (event) => {
  handedOver = event.detail;
  open();
});
addEventListener("carrete-retry", open);
addEventListener("carrete-take", (event) => {
  Object.assign(event.detail, handedOver);
  handedOver = undefined;
});

let resumes = false;
try {
  resumes = sessionStorage.getItem("carrete.session") !== null;
} catch {
  // Storage is blocked: there is no session to resume.
}
if (resumes) {
  // Where the app cannot be had, the door says so: it resumes the session as well.
  await startApp().catch(startDoor);
} else {
  await startDoor();
  // After the form has been painted, so that it does not wait for this; a failure is told when the app is needed.
  requestAnimationFrame(() => setTimeout(() => prepareApp().catch(() => {}), 0));
}
