// The service worker: shows pushes, reports what became of them, and keeps the page's files for a bad connection.
"use strict";
importScripts("/shop/{{version}}/credential.js", "/shop/{{version}}/talk.js");
const FILES = "shop-{{version}}";
const tell = async (what) => {
  for (const page of await self.clients.matchAll({ includeUncontrolled: true })) page.postMessage(what);
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || !pathname.startsWith("/shop/")) return;
  event.respondWith(event.request.mode === "navigate" ? fresh(event.request) : kept(event.request));
});
self.addEventListener("push", (event) => event.waitUntil(show(event.data)));
self.addEventListener("notificationclick", (event) => event.waitUntil(open(event)));
self.addEventListener("notificationclose", (event) => event.waitUntil(report("dismissed", event.notification.data.id)));

async function tidy() {
  for (const name of await caches.keys()) if (name !== FILES) await caches.delete(name);
  await self.clients.claim();
}

async function fresh(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) await (await caches.open(FILES)).put("/shop/", answer.clone());
    return answer;
  } catch (fault) {
    return (await caches.match("/shop/")) || Promise.reject(fault);
  }
}

async function kept(request) {
  const known = await caches.match(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok && request.url.includes("/{{version}}/")) await (await caches.open(FILES)).put(request, answer.clone());
  return answer;
}

async function show(data) {
  const message = data.json();
  await self.registration.showNotification(message.title || message.body, {
    body: message.title ? message.body : "",
    tag: message.id,
    data: { id: message.id, link: message.link },
    icon: "/shop/{{version}}/icon-192.png",
    badge: "/shop/{{version}}/badge.png",
  });
  await report("displayed", message.id);
  await tell({ shown: message.id });
}

async function open(event) {
  const { id, link } = event.notification.data;
  event.notification.close();
  const [page] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const opening = link ? self.clients.openWindow(link) : page ? page.focus() : self.clients.openWindow("/shop/#inbox");
  await report("opened", id);
  await tell({ opened: id });
  await opening;
}

// A receipt that cannot be delivered is lost, not the notification: the server counts it as merely accepted.
async function report(kind, id) {
  await self.receipt(kind, id).catch((fault) => console.warn(`receipt ${kind} not delivered: ${fault.message}`));
}
