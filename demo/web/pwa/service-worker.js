// Keeps the page's shell, SHELL, and answers without a connection with a page that says so.
// Photos, results and shared pages are never kept: no other request is touched.
// The server puts the lines with SHELL and OFFLINE before this file (demo/pwa.py).

const KEPT = `iph-shell-${SHELL.join()}`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(SHELL)));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  const isOld = (name) => name.startsWith("iph-shell-") && name !== KEPT;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    if (isThePage(request.url)) {
      event.respondWith(fetch(request).catch(() => kept(OFFLINE)));
    }
  } else if (isShell(request.url)) {
    // The address of a shell's file is new with every build, so a kept one is never too old.
    event.respondWith(kept(request).then((found) => found ?? fetch(request)));
  }
});

const kept = async (what) => (await caches.open(KEPT)).match(what);
const isShell = (url) => SHELL.some((path) => new URL(path, self.location).href === url);
const isThePage = (url) => new URL(url).pathname === new URL(self.registration.scope).pathname;
