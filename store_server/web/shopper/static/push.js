// The browser's push subscription: made when the shopper turns messages on, given up when they turn them off.
"use strict";
self.push = (() => {
  const raw = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const ready = async () => {
    await navigator.serviceWorker.register("/shop/sw.js", { scope: "/shop/" });
    return navigator.serviceWorker.ready;
  };
  return {
    ready,
    possible: (key) => Boolean(key) && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window,
    // Ask first, while the tap still counts as the shopper's own; null where they or the browser say no.
    subscribe: async (key) => {
      if ((await Notification.requestPermission()) !== "granted") return null;
      const worker = await ready();
      const subscription = await worker.pushManager
        .subscribe({ userVisibleOnly: true, applicationServerKey: raw(key) })
        .catch((fault) => (fault.name === "AbortError" || fault.name === "NotAllowedError" ? null : Promise.reject(fault)));
      if (!subscription) return null;
      const { endpoint, keys } = subscription.toJSON();
      return { kind: "webpush", address: { endpoint, keys } };
    },
    unsubscribe: async () => {
      const worker = "serviceWorker" in navigator && (await navigator.serviceWorker.getRegistration("/shop/"));
      const subscription = worker && (await worker.pushManager?.getSubscription());
      if (subscription) await subscription.unsubscribe();
    },
  };
})();
