// The service worker of a manager's own phone: shows test messages and says what became of them.
"use strict";
importScripts("{{talk}}");
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(show(event.data.json())));
self.addEventListener("notificationclick", (event) => event.waitUntil(open(event.notification)));
self.addEventListener("notificationclose", (event) => event.waitUntil(report("dismissed", event.notification.data.id)));

async function show({ id, title, body, link }) {
  await self.registration.showNotification(title, { body, tag: id, data: { id, link } });
  await report("displayed", id);
}

async function open(notification) {
  notification.close();
  const { id, link } = notification.data;
  const opening = self.clients.openWindow(link || "/console/phone/");
  await report("opened", id);
  await opening;
}

// A receipt that cannot be delivered is lost, not the notification: the editor then says that it was not shown.
async function report(kind, message) {
  await self.ownPhone.ask("POST", "/receipts", { kind, message }).catch((fault) => console.warn(`receipt ${kind}: ${fault.message}`));
}
